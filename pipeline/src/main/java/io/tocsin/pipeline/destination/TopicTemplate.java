package io.tocsin.pipeline.destination;

import io.tocsin.event.EntryOrigin;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Name of a topic or subject, with places that stand for where an event entered: `{localPort}`, `{service}`,
/// `{connector}`, `{tenant}`, `{source}`. What the name of a topic may not hold becomes `_`.
///
/// Immutable.
///
/// @param parts texts as they are, and names of places in braces
record TopicTemplate(List<String> parts) {
    private static final Set<String> PLACES = Set.of("{localPort}", "{service}", "{connector}", "{tenant}", "{source}");
    private static final int LONGEST = 249;

    TopicTemplate {
        parts = List.copyOf(parts);
    }

    /// @return null when the text is no name
    static @Nullable TopicTemplate parse(String text) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int open = text.indexOf('{', at);
            int end = open < 0 ? text.length() : open;
            if (end > at) {
                parts.add(text.substring(at, end));
                if (!isName(text, at, end)) {
                    return null;
                }
            }
            if (open >= 0) {
                int close = text.indexOf('}', open);
                if (close < 0 || !PLACES.contains(text.substring(open, close + 1))) {
                    return null;
                }
                parts.add(text.substring(open, close + 1));
                end = close + 1;
            }
            at = end;
        }
        return parts.isEmpty() || text.length() > LONGEST || text.equals(".") || text.equals("..")
                ? null
                : new TopicTemplate(parts);
    }

    private static boolean isName(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isNameCharacter(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    /// True when all events have the same name.
    boolean isFixed() {
        return parts.size() == 1 && !PLACES.contains(parts.getFirst());
    }

    /// A regular expression for all names that it makes.
    String pattern() {
        StringBuilder pattern = new StringBuilder();
        for (String part : parts) {
            pattern.append(
                    switch (part) {
                        case "{localPort}" -> "([0-9]+|none)";
                        case "{service}", "{connector}", "{tenant}", "{source}" -> "[a-zA-Z0-9._-]+";
                        // A name has no other character that means something.
                        default -> part.replace(".", "\\.");
                    });
        }
        return pattern.toString();
    }

    /// The name for events of an origin.
    String of(EntryOrigin origin) {
        if (isFixed()) {
            return parts.getFirst();
        }
        StringBuilder name = new StringBuilder();
        for (String part : parts) {
            switch (part) {
                case "{localPort}" -> name.append(origin.localPort() < 0 ? "none" : origin.localPort());
                case "{service}" -> append(name, origin.service());
                case "{connector}" -> append(name, origin.connector());
                case "{tenant}" -> append(name, origin.tenant());
                case "{source}" -> append(name, origin.source());
                default -> name.append(part);
            }
        }
        return name.substring(0, Math.min(LONGEST, name.length()));
    }

    private static void append(StringBuilder name, String value) {
        if (value.isEmpty()) {
            name.append("none");
        }
        for (int i = 0; i < value.length(); i++) {
            name.append(isNameCharacter(value.charAt(i)) ? value.charAt(i) : '_');
        }
    }
}
