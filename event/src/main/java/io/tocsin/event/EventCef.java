package io.tocsin.event;

import java.util.ArrayList;
import java.util.List;

/// Writes events in the Common Event Format, revision 25: header of seven parts, then only the filled fields that
/// have a CEF key. Allocates; for output to other products, not for the hot path.
///
/// Immutable.
public final class EventCef {
    private static final List<Field> EXTENSION = new ArrayList<>();

    static {
        for (Field field : Field.values()) {
            String key = field.cefKey();
            if (key != null && !isHeader(field) && field != Field.RAW) {
                EXTENSION.add(field);
            }
        }
    }

    private EventCef() {}

    /// The event as one CEF line without a line end.
    public static String toText(Event event) {
        StringBuilder out = new StringBuilder(512);
        out.append("CEF:0");
        header(out, event, Field.DEVICE_VENDOR);
        header(out, event, Field.DEVICE_PRODUCT);
        header(out, event, Field.DEVICE_VERSION);
        header(out, event, Field.DEVICE_EVENT_CLASS_ID);
        header(out, event, Field.NAME);
        header(out, event, Field.SEVERITY);
        out.append('|');
        boolean first = true;
        for (Field field : EXTENSION) {
            String value = event.text(field);
            if (value == null) {
                continue;
            }
            if (!first) {
                out.append(' ');
            }
            first = false;
            out.append(field.cefKey()).append('=');
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                switch (c) {
                    case '\\' -> out.append("\\\\");
                    case '=' -> out.append("\\=");
                    case '\n' -> out.append("\\n");
                    case '\r' -> out.append("\\r");
                    default -> out.append(c);
                }
            }
        }
        return out.toString();
    }

    private static boolean isHeader(Field field) {
        return switch (field) {
            case DEVICE_VENDOR, DEVICE_PRODUCT, DEVICE_VERSION, DEVICE_EVENT_CLASS_ID, NAME, SEVERITY -> true;
            default -> false;
        };
    }

    private static void header(StringBuilder out, Event event, Field field) {
        out.append('|');
        String value = event.text(field);
        if (value == null) {
            return;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '|' -> out.append("\\|");
                case '\n', '\r' -> out.append(' ');
                default -> out.append(c);
            }
        }
    }
}
