package io.tocsin.correlator.table;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// A field of a context table.
///
/// @param isList true when it holds several values
/// @param isKey true when it is a part of the key; a list is not
public record TableField(String name, Type type, boolean isList, boolean isKey) {
    /// What the values of a field are.
    public enum Type {
        STRING,
        INTEGER,
        FLOAT,
        BOOLEAN,
        /// Milliseconds since 1970, not negative.
        TIMESTAMP,
        /// IPv4 or IPv6, kept in its shortest form.
        ADDRESS;

        /// How it is written in resources.
        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        /// The value in the one form in which it is kept, or null when it is none of this type.
        @Nullable
        String normal(String text) {
            try {
                return switch (this) {
                    case STRING -> text;
                    case INTEGER -> Long.toString(Long.parseLong(text.strip()));
                    case FLOAT -> {
                        double number = Double.parseDouble(text.strip());
                        yield Double.isFinite(number) ? Double.toString(number) : null;
                    }
                    case BOOLEAN ->
                        text.equalsIgnoreCase("true") ? "true" : text.equalsIgnoreCase("false") ? "false" : null;
                    case TIMESTAMP -> {
                        long millis = Long.parseLong(text.strip());
                        yield millis < 0 ? null : Long.toString(millis);
                    }
                    case ADDRESS -> InetAddress.ofLiteral(text.strip()).getHostAddress();
                };
            } catch (IllegalArgumentException none) {
                return null;
            }
        }
    }
}
