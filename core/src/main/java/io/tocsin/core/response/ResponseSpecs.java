package io.tocsin.core.response;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Secret;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.expression.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads resources of kind `response`.
public final class ResponseSpecs {
    /// `kind` of the resource.
    public static final String KIND = "response";

    private static final Set<String> TOP_KEYS = Set.of("kind", "name", "spec");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,127}");

    private enum Priority {
        LOW,
        MEDIUM,
        HIGH,
        CRITICAL
    }

    private static final ConfigSpec<ResponseRule.Match> MATCH =
            ConfigSpec.of("match", "Which findings fire the response.", keys -> {
                var rules = keys.list("rules", "Names or ids of rules; without it all.", ValueTypes.TEXT)
                        .defaultTo(List.of());
                var priority = keys.choice("priority", "Least priority.", Priority.class)
                        .defaultTo(Priority.LOW);
                var tenants = keys.list("tenants", "Tenants; without it all.", ValueTypes.TEXT)
                        .defaultTo(List.of());
                var filter = keys.key("filter", "Condition on the correlation event.", Condition.TYPE)
                        .optional();
                var events = keys.choice(
                                "events",
                                "alerts: correlation events that make or join an alert; all: those without alert, too;"
                                        + " none: only people run it.",
                                ResponseRule.Events.class)
                        .defaultTo(ResponseRule.Events.ALERTS);
                return values -> new ResponseRule.Match(
                        values.get(rules),
                        values.get(priority).ordinal() + 1,
                        values.get(tenants),
                        values.get(filter),
                        values.get(events));
            });

    private static final ResponseRule.Match EVERYTHING =
            new ResponseRule.Match(List.of(), 1, List.of(), null, ResponseRule.Events.ALERTS);

    /// The keys of `spec`.
    public static final ConfigSpec<ResponseRule> SPEC =
            ConfigSpec.of(KIND, "What is done by itself when a rule finds something.", keys -> {
                var enabled = keys.flag("enabled", "false: nothing fires it.").defaultTo(true);
                var description = keys.text("description", "What it is for.").defaultTo("");
                var match =
                        keys.nested("match", "Which findings fire it.", MATCH).defaultTo(EVERYTHING);
                var action = keys.component("action", "What is done.", ResponseKinds.ALL)
                        .required();
                var mostRuns = keys.integer(
                                "mostRuns",
                                "Most runs within 'within'; what is more is suppressed and shown.",
                                1,
                                10_000)
                        .defaultTo(60);
                var within = keys.duration("within", "See mostRuns.", Duration.ofSeconds(1), Duration.ofDays(1))
                        .defaultTo(Duration.ofMinutes(1));
                var concurrent =
                        keys.integer("concurrent", "Runs side by side.", 1, 16).defaultTo(1);
                var waiting = keys.integer(
                                "mostWaiting", "Most runs that wait; what is more is suppressed and shown.", 1, 100_000)
                        .defaultTo(1_000);
                var attempts = keys.integer("attempts", "Attempts of kinds that try again.", 1, 20)
                        .defaultTo(6);
                var pause = keys.duration(
                                "pause",
                                "Before the second attempt; doubles with each further one, up to 10 minutes.",
                                Duration.ofMillis(100),
                                Duration.ofMinutes(10))
                        .defaultTo(Duration.ofSeconds(2));
                return values -> new ResponseRule(
                        "",
                        Position.NONE,
                        values.get(description),
                        values.get(enabled),
                        values.get(match),
                        new ResponseRule.Limits(
                                values.get(mostRuns), values.get(within), values.get(concurrent), values.get(waiting)),
                        values.get(attempts),
                        values.get(pause),
                        values.get(action));
            });

    private ResponseSpecs() {}

    /// Reads a whole resource; null after all problems were added.
    public static @Nullable ResponseRule read(ConfigNode document, Problems problems) {
        if (!(document instanceof ConfigNode.Mapping mapping)) {
            problems.add(document.position(), "a response is expected, found a " + document.shape());
            return null;
        }
        int before = problems.count();
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!TOP_KEYS.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        "unknown key [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), TOP_KEYS));
            }
        }
        String name = mapping.text("name");
        if (name == null || !NAME.matcher(name).matches()) {
            problems.add(
                    mapping.position(),
                    "a response has a name of small letters, digits, '.', '_' and '-', at most 128 [name=" + name
                            + "]");
        }
        ConfigNode spec = mapping.get("spec");
        if (spec == null) {
            problems.add(mapping.position(), "key is missing [key=spec]");
            return null;
        }
        ResponseRule read = SPEC.read(spec, problems);
        return read == null || name == null || problems.count() > before
                ? null
                : new ResponseRule(
                        name,
                        mapping.position(),
                        read.description(),
                        read.enabled(),
                        read.match(),
                        read.limits(),
                        read.attempts(),
                        read.pause(),
                        read.action());
    }

    /// Secrets stand in files or in the environment, never where whoever reads rules sees them.
    static void refuseLiteral(Values values, String key, @Nullable Secret secret) {
        if (secret != null && secret.isLiteral()) {
            values.refuse(key, "a secret is named, not written: file:PATH or env:NAME [key=" + key + "]");
        }
    }
}
