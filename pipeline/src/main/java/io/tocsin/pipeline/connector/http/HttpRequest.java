package io.tocsin.pipeline.connector.http;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A request: its head, and its body to be read from the connection.
///
/// Thread-safety: one thread, that of the connection.
///
/// @param method in upper case, as sent
/// @param path without query, percent signs decoded, beginning with a slash
/// @param query what stands behind the question mark, as sent, may be empty
/// @param minor the 1 of `HTTP/1.1`
/// @param fields header fields in their order
/// @param body what follows the head, decoded from chunks; empty when there is none
public record HttpRequest(
        String method, String path, String query, int minor, List<HeaderField> fields, InputStream body) {
    /// @param name in lower case
    /// @param value without space around it
    public record HeaderField(String name, String value) {}

    public HttpRequest {
        fields = List.copyOf(fields);
    }

    /// The first value of a header field, or null.
    ///
    /// @param name in lower case
    public @Nullable String field(String name) {
        for (HeaderField field : fields) {
            if (field.name().equals(name)) {
                return field.value();
            }
        }
        return null;
    }

    /// The value of a name in the query, decoded, or null.
    public @Nullable String parameter(String name) {
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String key = equals < 0 ? pair : pair.substring(0, equals);
            if (decoded(key, true).equals(name)) {
                return equals < 0 ? "" : decoded(pair.substring(equals + 1), true);
            }
        }
        return null;
    }

    /// The media type of the body without parameters, in lower case; empty when none was sent.
    public String mediaType() {
        String type = field("content-type");
        if (type == null) {
            return "";
        }
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }

    /// True when the sender wants the connection to end behind the answer.
    public boolean isLast() {
        String connection = field("connection");
        String tokens = connection == null ? "" : connection.toLowerCase(Locale.ROOT);
        return minor == 0 ? !tokens.contains("keep-alive") : tokens.contains("close");
    }

    /// True when the sender waits with the body until it is asked for.
    public boolean waitsForContinue() {
        String expect = field("expect");
        return minor > 0 && expect != null && expect.equalsIgnoreCase("100-continue");
    }

    static String decoded(String text, boolean form) {
        if (text.indexOf('%') < 0 && !(form && text.indexOf('+') >= 0)) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int high = c == '%' && i + 2 <= text.length() - 1 ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (low >= 0) {
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(form && c == '+' ? ' ' : c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
