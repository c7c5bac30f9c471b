package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.Fields;
import io.tocsin.expression.AddressText;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.enrich.geo.DamagedDatabaseException;
import io.tocsin.pipeline.enrich.geo.GeoPath;
import io.tocsin.pipeline.enrich.geo.GeoSource;
import io.tocsin.pipeline.enrich.geo.MaxMindDatabase;
import io.tocsin.pipeline.reference.Shared;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Writes what a database in the MaxMind DB format knows about addresses: country, region, city, place, network
/// owner. The file is read again when it changes.
///
/// @param addresses fields with addresses, each with the fields to fill and where the database has their values
record GeoEnrichment(EnrichmentHead head, Path database, Map<FieldReference, Map<FieldReference, GeoPath>> addresses)
        implements Enrichment {
    private static final ValueType<GeoPath> PATH = ValueType.of(
            "path such as country.iso_code",
            ValueTypes.TEXT.schema(),
            (name, node, problems) -> {
                String text = ValueTypes.TEXT.read(name, node, problems);
                try {
                    return text == null ? null : GeoPath.parse(text);
                } catch (IllegalArgumentException e) {
                    problems.add(node.position(), String.valueOf(e.getMessage()));
                    return null;
                }
            },
            GeoPath::toString);

    static final ComponentSpec<Enrichment> SPEC = ComponentSpec.of(
            "geo", "Fills place and network owner of addresses from a MaxMind database.", GeoEnrichment::keys);

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("geo", keys, false);
        var database = keys.text("database", "File in the MaxMind DB format (`.mmdb`).")
                .example("/var/lib/tocsin/GeoLite2-City.mmdb")
                .required();
        var addresses = keys.list("addresses", "Fields with addresses.", FieldInput.TYPE)
                .defaultTo(List.of(
                        FieldReference.of(Field.SOURCE_ADDRESS),
                        FieldReference.of(Field.DESTINATION_ADDRESS),
                        FieldReference.of(Field.DEVICE_ADDRESS)));
        var language = keys.text("language", "Language of the names.").defaultTo("en");
        var set = keys.key(
                        "set",
                        "Field and path in the record, instead of the usual fields; for one address.",
                        FieldOutput.mapping(PATH))
                .example("{ S.continent: continent.code }")
                .optional();
        return values -> {
            Map<FieldReference, GeoPath> own = values.get(set);
            Map<FieldReference, Map<FieldReference, GeoPath>> all = new LinkedHashMap<>();
            for (FieldReference address : values.get(addresses)) {
                all.put(address, own == null ? usual(address, values.get(language)) : own);
            }
            if (own != null && all.size() != 1) {
                throw new IllegalArgumentException("own fields can be set for one address only [key=set]");
            }
            return new GeoEnrichment(head.read(values), Path.of(values.get(database)), all);
        };
    }

    /// The fields that belong to an address field by their names, such as `SourceCountry` to `SourceAddress`.
    private static Map<FieldReference, GeoPath> usual(FieldReference address, String language) {
        String name = address.name();
        String side = List.of("Source", "Destination", "Device").stream()
                .filter(name::startsWith)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "fields to fill must be named for this address [key=set, address=" + name + "]"));
        Map<FieldReference, GeoPath> fields = new LinkedHashMap<>();
        fields.put(fixed(side + "Country"), GeoPath.parse("country.names." + language));
        fields.put(fixed(side + "Region"), GeoPath.parse("subdivisions.0.names." + language));
        fields.put(fixed(side + "City"), GeoPath.parse("city.names." + language));
        fields.put(fixed(side + "Latitude"), GeoPath.parse("location.latitude"));
        fields.put(fixed(side + "Longitude"), GeoPath.parse("location.longitude"));
        fields.put(FieldReference.of(DynamicKind.S, side + "CountryCode"), GeoPath.parse("country.iso_code"));
        fields.put(FieldReference.of(DynamicKind.N, side + "AsNumber"), GeoPath.parse("autonomous_system_number"));
        fields.put(
                FieldReference.of(DynamicKind.S, side + "AsOrganization"),
                GeoPath.parse("autonomous_system_organization"));
        return fields;
    }

    private static FieldReference fixed(String name) {
        Field field = Fields.byName(name);
        if (field == null) {
            throw new IllegalStateException("schema misses a field [field=" + name + "]");
        }
        return FieldReference.of(field);
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new GeoEnrichment(other, database, addresses);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        return new Open(this, GeoSource.share(database), counters);
    }

    private record Open(GeoEnrichment config, Shared.Lease<GeoSource> lease, EnrichmentCounters counters)
            implements OpenEnrichment {
        @Override
        public EnrichmentStep create() {
            return new Step(config, lease.get(), counters);
        }

        @Override
        public void refresh() {
            lease.get().refresh();
        }

        @Override
        public void close() {
            lease.close();
        }

        @Override
        public Map<String, Long> counts() {
            GeoSource source = lease.get();
            Map<String, Long> counts = new LinkedHashMap<>();
            counts.put("database_bytes", (long) source.current().bytes());
            counts.put("database_built", source.current().builtAt().toEpochMilli());
            counts.put("reload_failures", source.failures());
            return counts;
        }
    }

    /// An address field with what it fills. The records seen last are kept ready to be written.
    ///
    /// Thread-safety: one thread at a time.
    private static final class Address {
        private static final int KEPT_RECORDS = 4096;

        private final FieldInput input;
        private final FieldOutput[] outputs;
        private final GeoPath[] paths;
        private final int[] keptOffsets = new int[KEPT_RECORDS];
        private final @Nullable Object[][] kept = new @Nullable Object[KEPT_RECORDS][];

        Address(FieldReference address, Map<FieldReference, GeoPath> set, boolean overwrite) {
            input = new FieldInput(address);
            outputs = set.keySet().stream()
                    .map(field -> new FieldOutput(field, overwrite))
                    .toArray(FieldOutput[]::new);
            paths = set.values().toArray(GeoPath[]::new);
        }

        void forget() {
            Arrays.fill(keptOffsets, 0);
        }

        private @Nullable Object[] values(MaxMindDatabase database, int record) {
            int slot = (record * 0x9e3779b9) >>> 20;
            if (keptOffsets[slot] != record) {
                @Nullable Object[] values = new @Nullable Object[paths.length];
                for (int i = 0; i < paths.length; i++) {
                    values[i] = paths[i].read(database, record);
                }
                kept[slot] = values;
                keptOffsets[slot] = record;
            }
            return kept[slot];
        }
    }

    /// Thread-safety: one thread at a time.
    private static final class Step implements EnrichmentStep {
        private final GeoSource source;
        private final EnrichmentCounters counters;
        private final List<Address> addresses = new ArrayList<>();
        private final AddressText text = new AddressText();
        private @Nullable MaxMindDatabase database;

        Step(GeoEnrichment config, GeoSource source, EnrichmentCounters counters) {
            this.source = source;
            this.counters = counters;
            config.addresses.forEach(
                    (address, set) -> addresses.add(new Address(address, set, config.head.overwrite())));
        }

        @Override
        public boolean apply(OpenEvent event) {
            MaxMindDatabase now = source.current();
            if (now != database) {
                addresses.forEach(Address::forget);
                database = now;
            }
            for (int i = 0; i < addresses.size(); i++) {
                Address address = addresses.get(i);
                if (address.input.read(event)
                        && text.read(address.input.bytes(), address.input.offset(), address.input.length())) {
                    locate(event, now, address);
                }
            }
            return true;
        }

        private void locate(OpenEvent event, MaxMindDatabase now, Address address) {
            boolean ipv4 = text.isIpv4() || (text.high() == 0 && text.low() >>> 32 == 0xffffL);
            try {
                int record = now.find(text.high(), text.low(), ipv4);
                if (record < 0) {
                    counters.miss();
                    return;
                }
                @Nullable Object[] values = address.values(now, record);
                for (int i = 0; i < values.length; i++) {
                    Object value = values[i];
                    if (value != null && address.outputs[i].wants(event)) {
                        address.outputs[i].value(event, value);
                    }
                }
                counters.hit();
            } catch (DamagedDatabaseException _) {
                counters.error();
            }
        }
    }
}
