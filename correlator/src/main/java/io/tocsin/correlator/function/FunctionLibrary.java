package io.tocsin.correlator.function;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All functions: one list, a file for each family.
public final class FunctionLibrary {
    private static final Map<String, List<RuleFunction>> FAMILIES = new LinkedHashMap<>();
    private static final Map<String, RuleFunction> BY_NAME = new LinkedHashMap<>();

    static {
        FAMILIES.put("Decisions", ConditionFunctions.ALL);
        FAMILIES.put("Text", TextFunctions.ALL);
        FAMILIES.put("Regular expressions", RegexFunctions.ALL);
        FAMILIES.put("Lists", ItemFunctions.ALL);
        FAMILIES.put("Numbers", NumberFunctions.ALL);
        FAMILIES.put("Time", TimeFunctions.ALL);
        FAMILIES.put("Lists, tables and dictionaries", TableFunctions.ALL);
        FAMILIES.values()
                .forEach(family -> family.forEach(function -> {
                    if (BY_NAME.put(function.name(), function) != null) {
                        throw new IllegalStateException(
                                "BUG: two functions have one name [name=" + function.name() + "]");
                    }
                }));
    }

    private FunctionLibrary() {}

    static @Nullable RuleFunction byName(String name) {
        return BY_NAME.get(name);
    }

    static List<RuleFunction> all() {
        return List.copyOf(BY_NAME.values());
    }

    public static Set<String> names() {
        return BY_NAME.keySet();
    }

    /// The reference of all functions as Markdown, one table a family.
    public static String manual() {
        StringBuilder text = new StringBuilder();
        FAMILIES.forEach((family, functions) -> {
            text.append("## ").append(family).append("\n\n| Function | Gives | Examples |\n|---|---|---|\n");
            for (RuleFunction function : functions) {
                List<String> examples = new ArrayList<>();
                for (RuleFunction.Example example : function.examples()) {
                    examples.add("`" + example.expression() + "` → "
                            + (example.result().isEmpty() ? "nothing" : "`" + example.result() + "`"));
                }
                text.append("| `")
                        .append(function.name())
                        .append('(')
                        .append(function.arguments())
                        .append(")` | ")
                        .append(escaped(function.description()))
                        .append(" | ")
                        .append(escaped(String.join("<br>", examples)))
                        .append(" |\n");
            }
            text.append('\n');
        });
        return text.toString();
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }
}
