package io.tocsin.core.response;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// An e-mail (RFC 5322, MIME of RFC 2045 and 2047). Subject and text leave it in Base64, so that no character of them
/// can begin a header, end a header or end the message.
///
/// @param from address, checked where it is configured
/// @param run makes the `Message-ID`
record MailMessage(String from, List<String> to, String subject, String text, String run, Instant time) {
    private static final int LONGEST_SUBJECT = 300;
    /// An encoded word has at most 75 characters, 63 of them of Base64 (RFC 2047 §2).
    private static final int WORD_BYTES = 45;

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.US).withZone(ZoneOffset.UTC);

    MailMessage {
        to = List.copyOf(to);
    }

    /// A text without line ends and other control characters.
    static String oneLine(String text) {
        return Template.cut(
                text.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ").strip(), LONGEST_SUBJECT);
    }

    /// The message with CRLF line ends, as it goes over the wire but for the dots of RFC 5321 §4.5.2, of which no line
    /// of Base64 has one.
    byte[] bytes() {
        StringBuilder head = new StringBuilder();
        head.append("Date: ").append(DATE.format(time)).append("\r\n");
        head.append("From: <").append(from).append(">\r\n");
        head.append("To: ");
        for (int i = 0; i < to.size(); i++) {
            head.append(i == 0 ? "<" : ",\r\n <").append(to.get(i)).append('>');
        }
        head.append("\r\nMessage-ID: <").append(run).append("@tocsin>\r\n");
        head.append("Subject: ").append(encodedWords(oneLine(subject))).append("\r\n");
        head.append("Auto-Submitted: auto-generated\r\n");
        head.append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
        head.append("Content-Transfer-Encoding: base64\r\n\r\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.toString().getBytes(StandardCharsets.US_ASCII));
        String canonical = text.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\r\n");
        out.writeBytes(Base64.getMimeEncoder().encode(canonical.getBytes(StandardCharsets.UTF_8)));
        out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private static String encodedWords(String text) {
        StringBuilder words = new StringBuilder();
        StringBuilder word = new StringBuilder();
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int length = Character.toString(c).getBytes(StandardCharsets.UTF_8).length;
            if (bytes + length > WORD_BYTES) {
                append(words, word);
                bytes = 0;
            }
            word.appendCodePoint(c);
            bytes += length;
            i += Character.charCount(c);
        }
        append(words, word);
        return words.toString();
    }

    private static void append(StringBuilder words, StringBuilder word) {
        words.append(words.isEmpty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?")
                .append(Base64.getEncoder().encodeToString(word.toString().getBytes(StandardCharsets.UTF_8)))
                .append("?=");
        word.setLength(0);
    }
}
