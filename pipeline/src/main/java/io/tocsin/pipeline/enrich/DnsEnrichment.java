package io.tocsin.pipeline.enrich;

import io.tocsin.config.Address;
import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.event.Field;
import io.tocsin.expression.AddressText;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.enrich.lookup.Answer;
import io.tocsin.pipeline.enrich.lookup.DnsResolver;
import io.tocsin.pipeline.enrich.lookup.LookupOptions;
import io.tocsin.pipeline.enrich.lookup.Lookups;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Asks name servers for the names of addresses and the addresses of names. Answers and non-answers are cached; the
/// stream never waits longer than the stage's time limit.
///
/// @param names field to fill with a name, and the field with its address
/// @param addresses field to fill with an address, and the field with its name
record DnsEnrichment(
        EnrichmentHead head,
        List<Address> servers,
        Duration timeout,
        boolean recursionDesired,
        LookupOptions options,
        Map<FieldReference, FieldReference> names,
        Map<FieldReference, FieldReference> addresses)
        implements Enrichment {
    static final ComponentSpec<Enrichment> SPEC = ComponentSpec.of(
            "dns", "Fills names of addresses and addresses of names from name servers.", DnsEnrichment::keys);

    private static final Map<FieldReference, FieldReference> USUAL_NAMES = pairs(
            Field.SOURCE_HOST_NAME, Field.SOURCE_ADDRESS,
            Field.DESTINATION_HOST_NAME, Field.DESTINATION_ADDRESS,
            Field.DEVICE_HOST_NAME, Field.DEVICE_ADDRESS);
    private static final Map<FieldReference, FieldReference> USUAL_ADDRESSES = pairs(
            Field.SOURCE_ADDRESS, Field.SOURCE_HOST_NAME,
            Field.DESTINATION_ADDRESS, Field.DESTINATION_HOST_NAME,
            Field.DEVICE_ADDRESS, Field.DEVICE_HOST_NAME);

    private static Map<FieldReference, FieldReference> pairs(Field... fields) {
        Map<FieldReference, FieldReference> pairs = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            pairs.put(FieldReference.of(fields[i]), FieldReference.of(fields[i + 1]));
        }
        return pairs;
    }

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("dns", keys, false);
        var servers = keys.list("servers", "Name servers; those of this machine when left out.", ValueTypes.ADDRESS)
                .example("10.0.0.53:53")
                .defaultTo(List.of());
        var timeout = keys.duration(
                        "timeout", "For one question to one server.", Duration.ofMillis(10), Duration.ofMinutes(1))
                .defaultTo(Duration.ofSeconds(2));
        var recursion = keys.flag("recursionDesired", "Asks servers to ask others in turn.")
                .defaultTo(true);
        var options = new LookupOptions.Keys(keys, 256, Duration.ofHours(1));
        var names = keys.key(
                        "names",
                        "Field to fill with a name, and field with its address.",
                        FieldOutput.mapping(FieldInput.TYPE))
                .example("{ SourceHostName: SourceAddress }")
                .optional();
        var addresses = keys.key(
                        "addresses",
                        "Field to fill with an address, and field with its name.",
                        FieldOutput.mapping(FieldInput.TYPE))
                .example("{ DestinationAddress: DestinationHostName }")
                .optional();
        return values -> {
            Map<FieldReference, FieldReference> reverse = values.get(names);
            Map<FieldReference, FieldReference> forward = values.get(addresses);
            boolean usual = reverse == null && forward == null;
            return new DnsEnrichment(
                    head.read(values),
                    values.get(servers),
                    values.get(timeout),
                    values.get(recursion),
                    options.read(values),
                    usual ? USUAL_NAMES : reverse == null ? Map.of() : reverse,
                    usual ? USUAL_ADDRESSES : forward == null ? Map.of() : forward);
        };
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new DnsEnrichment(other, servers, timeout, recursionDesired, options, names, addresses);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        Lookups lookups = new Lookups(counters.name(), new DnsResolver(servers, timeout, recursionDesired), options);
        return new LookupStep.Open(lookups, () -> new LookupStep(questions(), lookups.client(), counters));
    }

    private List<LookupStep.Question> questions() {
        return Stream.concat(
                        names.entrySet().stream().map(pair -> (LookupStep.Question)
                                new Pair(DnsResolver.REVERSE, pair.getValue(), pair.getKey(), head)),
                        addresses.entrySet().stream()
                                .map(pair -> new Pair(DnsResolver.FORWARD, pair.getValue(), pair.getKey(), head)))
                .toList();
    }

    /// One field that is filled from another.
    ///
    /// Thread-safety: one thread.
    private static final class Pair implements LookupStep.Question {
        private final byte prefix;
        private final FieldInput input;
        private final FieldOutput output;
        private final AddressText address = new AddressText();

        Pair(byte prefix, FieldReference from, FieldReference to, EnrichmentHead head) {
            this.prefix = prefix;
            this.input = new FieldInput(from);
            this.output = new FieldOutput(to, head.overwrite());
        }

        @Override
        public boolean applies(OpenEvent event) {
            if (!output.wants(event) || !input.read(event)) {
                return false;
            }
            boolean isAddress = address.read(input.bytes(), input.offset(), input.length());
            return prefix == DnsResolver.REVERSE
                    ? isAddress
                    : !isAddress && DnsResolver.isName(input.bytes(), input.offset(), input.length());
        }

        @Override
        public @Nullable Answer ask(Lookups.Client client) {
            return client.get(prefix, input.bytes(), input.offset(), input.length());
        }

        @Override
        public boolean write(OpenEvent event, List<byte[]> values) {
            return output.value(event, values.getFirst());
        }
    }
}
