package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.enrich.lookup.Answer;
import io.tocsin.pipeline.enrich.lookup.LdapOptions;
import io.tocsin.pipeline.enrich.lookup.LdapResolver;
import io.tocsin.pipeline.enrich.lookup.LookupOptions;
import io.tocsin.pipeline.enrich.lookup.Lookups;
import io.tocsin.pipeline.normalizer.Conversion;
import io.tocsin.pipeline.normalizer.Conversions;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Looks accounts up in a directory and writes their attributes to fields. Answers are cached; the stream never waits
/// longer than the stage's time limit.
///
/// @param accounts field with the name of an account, and what to write: field and attribute
record LdapEnrichment(
        EnrichmentHead head,
        LdapOptions directory,
        LookupOptions options,
        List<Conversion> conversions,
        Map<FieldReference, Map<FieldReference, String>> accounts)
        implements Enrichment {
    static final ComponentSpec<Enrichment> SPEC = ComponentSpec.of(
            "ldap", "Fills fields with attributes of accounts from a directory.", LdapEnrichment::keys);

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("ldap", keys, false);
        var servers = keys.list(
                        "servers",
                        "Directories, `ldap://host:port` or `ldaps://host:port`; the first that works is used.",
                        ValueTypes.TEXT)
                .example("ldaps://dc.corp.example:636")
                .required();
        var startTls = keys.flag("startTls", "Turns an ldap connection into an encrypted one before anything else.")
                .defaultTo(false);
        var trust = keys.text(
                        "trust", "File with certificates to trust, PEM; those of the Java installation when left out.")
                .optional();
        var user = keys.text("user", "Distinguished name to sign in with; anonymous when left out.")
                .optional();
        var secret = keys.secret("secret", "Password.").optional();
        var base = keys.text("base", "Where to search.")
                .example("dc=corp,dc=example")
                .required();
        var filter = keys.text("filter", "Search filter; {key} stands for the name, safely escaped.")
                .defaultTo("(sAMAccountName={key})");
        var timeout = keys.duration(
                        "timeout", "For connecting and for one search.", Duration.ofMillis(10), Duration.ofMinutes(1))
                .defaultTo(Duration.ofSeconds(5));
        var options = new LookupOptions.Keys(keys, 8, Duration.ofMinutes(15));
        var convert = keys.key("convert", "What to do to the name first.", Conversions.LIST)
                .example("{ replaceRegexp: { expression: '^.*\\\\\\\\', with: '' } }")
                .defaultTo(List.of());
        var accounts = keys.key(
                        "accounts",
                        "Field with the name of an account, and below it field to fill and attribute.",
                        FieldOutput.mapping(FieldOutput.mapping(ValueTypes.TEXT)))
                .example("{ SourceUserName: { SourceAccountID: objectGUID, S.department: department } }")
                .required();
        return values -> {
            String trusted = values.get(trust);
            List<String> attributes = new ArrayList<>();
            values.get(accounts)
                    .values()
                    .forEach(set -> set.values().stream()
                            .filter(attribute -> !attributes.contains(attribute))
                            .forEach(attributes::add));
            if (!values.get(filter).contains("{key}")) {
                throw new IllegalArgumentException("the filter needs {key} [filter=" + values.get(filter) + "]");
            }
            Secret password = values.get(secret);
            return new LdapEnrichment(
                    head.read(values),
                    LdapOptions.of(
                            values.get(servers),
                            values.get(startTls),
                            trusted == null ? null : Path.of(trusted),
                            values.get(user),
                            password,
                            values.get(base),
                            values.get(filter),
                            attributes,
                            values.get(timeout)),
                    options.read(values),
                    values.get(convert),
                    values.get(accounts));
        };
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new LdapEnrichment(other, directory, options, conversions, accounts);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        Lookups lookups = new Lookups(counters.name(), new LdapResolver(directory, options.parallel()), options);
        return new LookupStep.Open(lookups, () -> new LookupStep(questions(), lookups.client(), counters));
    }

    private List<LookupStep.Question> questions() {
        List<LookupStep.Question> questions = new ArrayList<>();
        accounts.forEach((account, set) -> questions.add(
                new Account(new FieldInput(account, conversions), set, directory.attributes(), head.overwrite())));
        return questions;
    }

    /// An account that an event names.
    ///
    /// Thread-safety: one thread.
    private static final class Account implements LookupStep.Question {
        private static final int LONGEST_NAME = 256;

        private final FieldInput input;
        private final Map<FieldOutput, Integer> outputs = new LinkedHashMap<>();

        Account(FieldInput input, Map<FieldReference, String> set, List<String> attributes, boolean overwrite) {
            this.input = input;
            set.forEach((field, attribute) ->
                    outputs.put(new FieldOutput(field, overwrite), attributes.indexOf(attribute)));
        }

        @Override
        public boolean applies(OpenEvent event) {
            return input.read(event) && input.length() <= LONGEST_NAME;
        }

        @Override
        public @Nullable Answer ask(Lookups.Client client) {
            return client.get((byte) 'a', input.bytes(), input.offset(), input.length());
        }

        @Override
        public boolean write(OpenEvent event, List<byte[]> values) {
            boolean fits = true;
            for (Map.Entry<FieldOutput, Integer> entry : outputs.entrySet()) {
                byte[] value = values.get(entry.getValue());
                if (value.length > 0 && entry.getKey().wants(event)) {
                    fits &= entry.getKey().value(event, value);
                }
            }
            return fits;
        }
    }
}
