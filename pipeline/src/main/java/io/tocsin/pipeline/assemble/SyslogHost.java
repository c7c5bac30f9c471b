package io.tocsin.pipeline.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Finds the host in the syslog header before a message, of RFC 5424 and of RFC 3164 as it is met, with a time as
/// `Nov 22 10:00:00`, with a year, or in ISO form. Stateless.
final class SyslogHost {
    private static final int LONGEST_HOST = 255;

    private SyslogHost() {}

    /// The host, or an empty text when the header has none.
    static String of(byte[] text, int from, int to) {
        int at = from;
        if (at < to && text[at] == '<') {
            while (at < to && text[at] != '>') {
                at++;
            }
            at++;
            if (at + 1 < to && text[at] == '1' && text[at + 1] == ' ') {
                at += 2;
            }
        }
        if (at >= to) {
            return "";
        }
        if (text[at] >= 'A' && text[at] <= 'Z') {
            at = month(text, at, to);
        } else if (text[at] >= '0' && text[at] <= '9') {
            at = skipToken(text, at, to);
        } else {
            return "";
        }
        if (at < 0) {
            return "";
        }
        int end = at;
        while (end < to && text[end] != ' ') {
            end++;
        }
        // A word that ends with a colon is the tag of a header without a host.
        if (end == at || end >= to || end - at > LONGEST_HOST || text[end - 1] == ':' || text[at] == '-') {
            return "";
        }
        return new String(text, at, end - at, UTF_8);
    }

    /// Behind `Nov 22 10:00:00 ` or `Nov 22 2026 10:00:00 `, or -1.
    private static int month(byte[] text, int from, int to) {
        int at = skipToken(text, from, to);
        at = skipToken(text, at, to);
        if (at + 5 < to && text[at + 4] == ' ' && text[at + 2] != ':') {
            at = skipToken(text, at, to);
        }
        return at + 2 < to && text[at + 2] == ':' ? skipToken(text, at, to) : -1;
    }

    private static int skipToken(byte[] text, int from, int to) {
        int at = from;
        while (at < to && text[at] != ' ') {
            at++;
        }
        while (at < to && text[at] == ' ') {
            at++;
        }
        return at;
    }
}
