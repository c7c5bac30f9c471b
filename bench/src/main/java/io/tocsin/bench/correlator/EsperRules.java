package io.tocsin.bench.correlator;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.client.configuration.compiler.ConfigurationCompilerExecution;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.EPDeployException;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPStatement;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The rules that Esper's language can express, as its statements: texts compared for equality, beginning, end and
/// what they contain, in small letters. Values that are absent are false in every comparison, as in our rules.
///
/// Thread-safety: one thread.
final class EsperRules {
    private static final String EVENT = "Entry";
    private static final int STATEMENTS_PER_MODULE = 50;

    private final Map<FieldReference, String> properties = new LinkedHashMap<>();
    private final List<String> statements = new ArrayList<>();
    private EPRuntime runtime = EPRuntimeProvider.getDefaultRuntime();
    private long matches;
    private int deployed;

    /// Adds a rule.
    ///
    /// @return false when it cannot be expressed
    boolean add(Filter filter) {
        Optional<String> expression = expression(filter, true);
        expression.ifPresent(each -> statements.add("select 1 as hit from " + EVENT + "(" + each + ");"));
        return expression.isPresent();
    }

    /// Number of statements that run.
    int size() {
        return deployed;
    }

    void start() {
        Configuration configuration = new Configuration();
        Map<String, Object> types = new HashMap<>();
        properties.values().forEach(name -> types.put(name, String.class));
        configuration.getCommon().addEventType(EVENT, types);
        // The other planning turns conditions into sums of products, which never ends for some rules.
        configuration
                .getCompiler()
                .getExecution()
                .setFilterIndexPlanning(ConfigurationCompilerExecution.FilterIndexPlanning.BASIC);
        configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
        runtime = EPRuntimeProvider.getRuntime("rules", configuration);
        for (int from = 0; from < statements.size(); from += STATEMENTS_PER_MODULE) {
            deploy(statements.subList(from, Math.min(statements.size(), from + STATEMENTS_PER_MODULE)), configuration);
        }
    }

    private void deploy(List<String> module, Configuration configuration) {
        try {
            EPCompiled compiled = EPCompilerProvider.getCompiler()
                    .compile(String.join("\n", module), new CompilerArguments(configuration));
            for (EPStatement statement :
                    runtime.getDeploymentService().deploy(compiled).getStatements()) {
                statement.addListener((fresh, old, which, where) -> matches++);
                deployed++;
            }
        } catch (EPDeployException failed) {
            throw new IllegalStateException("statements do not run", failed);
        } catch (EPCompileException refused) {
            refuse(module, configuration, refused);
        } catch (RuntimeException refused) {
            // The compiler meets expressions that break it.
            refuse(module, configuration, refused);
        }
    }

    /// Tries each statement of a module by itself.
    private void refuse(List<String> module, Configuration configuration, Exception reason) {
        if (module.size() > 1) {
            module.forEach(each -> deploy(List.of(each), configuration));
        } else {
            String text = module.getFirst();
            System.out.println("Esper refuses: " + reason + " " + text.substring(0, Math.min(160, text.length())));
        }
    }

    /// An event as a map of properties.
    Map<String, Object> event(Map<FieldReference, List<String>> event) {
        Map<String, Object> made = new HashMap<>();
        properties.forEach((field, name) -> {
            List<String> values = event.get(field);
            if (values != null) {
                made.put(name, values.getFirst());
            }
        });
        return made;
    }

    void send(Map<String, Object> event) {
        runtime.getEventService().sendEventMap(event, EVENT);
    }

    /// Rules fulfilled so far.
    long matches() {
        return matches;
    }

    private Optional<String> expression(Filter filter, boolean wanted) {
        return switch (filter) {
            case Filter.All all -> parts(all.parts(), wanted, wanted ? " and " : " or ", wanted);
            case Filter.Any any -> parts(any.parts(), wanted, wanted ? " or " : " and ", !wanted);
            case Filter.Not not -> expression(not.part(), !wanted);
            case Filter.Leaf _ -> Optional.empty();
            case Filter.Test test -> test(test, wanted);
        };
    }

    /// @param whenNone what it means to have no parts
    private Optional<String> parts(List<Filter> parts, boolean wanted, String join, boolean whenNone) {
        List<String> made = new ArrayList<>();
        for (Filter part : parts) {
            Optional<String> each = expression(part, wanted);
            if (each.isEmpty()) {
                return each;
            }
            made.add("(" + each.get() + ")");
        }
        return Optional.of(made.isEmpty() ? whenNone ? "1=1" : "1=0" : String.join(join, made));
    }

    private Optional<String> test(Filter.Test test, boolean wanted) {
        if (test.field() instanceof FieldReference.AnyField) {
            return Optional.empty();
        }
        String name = properties.computeIfAbsent(test.field(), absent -> "f" + properties.size());
        String absent = name + " is null";
        return switch (test.match()) {
            case Match.Same same when same.text().isEmpty() -> Optional.of(wanted ? absent : name + " is not null");
            case Match.Same same ->
                Optional.of(
                        wanted
                                ? name + " = '" + quoted(same.text()) + "'"
                                : "(" + absent + " or " + name + " != '" + quoted(same.text()) + "')");
            case Match.Contains contains -> Optional.of(like(name, "%" + escaped(contains.text()) + "%", wanted));
            case Match.StartsWith starts -> Optional.of(like(name, escaped(starts.text()) + "%", wanted));
            case Match.EndsWith ends -> Optional.of(like(name, "%" + escaped(ends.text()), wanted));
            case Match.Present _ -> Optional.of(wanted ? name + " is not null" : absent);
            default -> Optional.empty();
        };
    }

    private static String like(String name, String pattern, boolean wanted) {
        return wanted
                ? name + " like '" + pattern + "' escape '!'"
                : "(" + name + " is null or " + name + " not like '" + pattern + "' escape '!')";
    }

    private static String escaped(String text) {
        return quoted(text.replace("!", "!!").replace("%", "!%").replace("_", "!_"));
    }

    private static String quoted(String text) {
        return NaiveRules.lower(text)
                .replace("\\", "\\\\")
                .replace("'", "\\'")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
    }
}
