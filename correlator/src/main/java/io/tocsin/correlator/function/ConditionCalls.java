package io.tocsin.correlator.function;

import io.tocsin.expression.FieldReference;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lets calls of functions stand in conditions of rules where a field may stand: `dict('ports', DestinationPort) =
/// 'ssh'`. A call with nothing behind it is a question: `NOT inActiveList('allowed', SourceAddress)`. Each call
/// becomes a variable without a name of its own.
///
/// Thread-safety: one thread.
final class ConditionCalls {
    /// Words of conditions for functions, in small letters.
    private static final Map<String, String> OPERATORS = Map.of(
            "inactivelist", "in_active_list",
            "incontexttable", "in_context_table",
            "indictionary", "in_dictionary");

    private static final int SHOWN = 120;

    private final Map<String, Variable> variables;

    /// @param variables those that calls may use; what a call becomes is added
    ConditionCalls(Map<String, Variable> variables) {
        this.variables = variables;
    }

    /// The function that a word of a condition means when a parenthesis follows; null for none.
    static @Nullable String function(String word) {
        String operator = OPERATORS.get(word.toLowerCase(Locale.ROOT));
        return operator != null ? operator : FunctionLibrary.byName(word) != null ? word : null;
    }

    /// Where the call ends whose parenthesis opens at a place: behind the one that closes it; -1 when none does.
    static int end(String text, int open) {
        int depth = 0;
        int at = open;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\'' || c == '"') {
                at++;
                while (at < text.length() && text.charAt(at) != c) {
                    at += text.charAt(at) == '\\' ? 2 : 1;
                }
            } else if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0) {
                return at + 1;
            }
            at++;
        }
        return -1;
    }

    /// Makes a variable of a call.
    ///
    /// @return what stands for it until names are resolved
    /// @throws IllegalArgumentException saying what is wrong with it
    FieldReference add(String call) {
        Expression expression = ExpressionParser.parse(call, variables);
        String name = "call " + variables.size();
        String shown = call.length() > SHOWN ? call.substring(0, SHOWN) + "…" : call;
        variables.put(name, Variable.of(shown, expression));
        return Variable.named(name);
    }

    /// True when nothing follows with which a value could be compared.
    static boolean isQuestion(String text, int after) {
        int at = after;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        if (at == text.length() || text.charAt(at) == ')' || text.charAt(at) == '#') {
            return true;
        }
        int end = at;
        while (end < text.length() && Character.isLetter(text.charAt(end))) {
            end++;
        }
        String word = text.substring(at, end);
        return word.equalsIgnoreCase("and") || word.equalsIgnoreCase("or");
    }
}
