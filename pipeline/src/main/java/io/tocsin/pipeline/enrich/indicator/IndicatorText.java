package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.expression.AddressText;
import java.net.IDN;
import java.util.Arrays;

/// Brings addresses, names, URLs and digests into the one form in which the index holds them, without allocation.
///
/// Addresses: 16 bytes (IPv4 as IPv4-mapped IPv6). Domain names: lower case, no dot at the end, `xn--` labels for what
/// is
/// not ASCII. URLs: without scheme, user, default port and fragment, host in lower case, at least `/` as path. Digests:
/// their bytes.
///
/// Thread-safety: one thread; results are valid until the next call.
final class IndicatorText {
    private static final int LONGEST_DOMAIN = 253;
    private static final int LONGEST_URL = 8192;

    private final AddressText address = new AddressText();
    private byte[] bytes = new byte[512];
    private int length;
    private int hostLength;
    private int queryAt;

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /// Bytes of the host at the begin of a URL, without its port.
    int hostLength() {
        return hostLength;
    }

    /// Where the query of a URL begins, or -1.
    int queryAt() {
        return queryAt;
    }

    long addressHigh() {
        return address.high();
    }

    long addressLow() {
        return address.low();
    }

    /// Reads an address; false when the text is none.
    boolean address(byte[] source, int offset, int count) {
        if (!address.read(source, offset, count)) {
            return false;
        }
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (address.high() >>> (56 - i * 8));
            bytes[i + 8] = (byte) (address.low() >>> (56 - i * 8));
        }
        length = 16;
        return true;
    }

    /// Reads a digest; false when the text is none.
    boolean hash(byte[] source, int offset, int count) {
        if (!isDigestLength(count)) {
            return false;
        }
        for (int i = 0; i < count; i += 2) {
            int high = Character.digit(source[offset + i], 16);
            int low = Character.digit(source[offset + i + 1], 16);
            if (high < 0 || low < 0) {
                return false;
            }
            bytes[i / 2] = (byte) (high << 4 | low);
        }
        length = count / 2;
        return true;
    }

    /// True for the number of hexadecimal digits of MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512.
    static boolean isDigestLength(int digits) {
        return digits == 32 || digits == 40 || digits == 56 || digits == 64 || digits == 96 || digits == 128;
    }

    /// Reads a domain name; false when the text is none.
    boolean domain(byte[] source, int offset, int count) {
        int from = offset;
        int to = offset + count;
        while (to > from && source[to - 1] == '.') {
            to--;
        }
        length = 0;
        return name(source, from, to);
    }

    /// Appends a host name in lower case.
    private boolean name(byte[] source, int from, int to) {
        if (to - from < 1 || to - from > LONGEST_DOMAIN) {
            return false;
        }
        reserve(to - from);
        int start = length;
        for (int i = from; i < to; i++) {
            byte letter = source[i];
            if (letter < 0) {
                length = start;
                return international(source, from, to);
            }
            if (letter <= ' ' || letter == '/' || letter == '@' || letter == '"' || letter == 127) {
                return false;
            }
            bytes[length++] = letter >= 'A' && letter <= 'Z' ? (byte) (letter + 32) : letter;
        }
        return true;
    }

    private boolean international(byte[] source, int from, int to) {
        try {
            String ascii = IDN.toASCII(new String(source, from, to - from, UTF_8), IDN.ALLOW_UNASSIGNED);
            byte[] text = ascii.getBytes(US_ASCII);
            return text.length > 0 && allAscii(text) && name(text, 0, text.length);
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
            return false;
        }
    }

    private static boolean allAscii(byte[] text) {
        for (byte one : text) {
            if (one < 0) {
                return false;
            }
        }
        return true;
    }

    /// Reads a URL; false when the text is none or has no host.
    boolean url(byte[] source, int offset, int count) {
        int from = offset;
        int to = Math.min(offset + count, offset + LONGEST_URL);
        int colon = scheme(source, from, to);
        int schemeAt = from;
        if (colon >= 0) {
            from = colon + 3;
        } else if (from + 1 < to && source[from] == '/' && source[from + 1] == '/') {
            from += 2;
        }
        int hostEnd = from;
        for (int i = from; i < to && source[i] != '/' && source[i] != '?' && source[i] != '#'; i++) {
            if (source[i] == '@') {
                from = i + 1;
            }
            hostEnd = i + 1;
        }
        int portAt = port(source, from, hostEnd);
        length = 0;
        if (!host(source, from, portAt)) {
            return false;
        }
        hostLength = length;
        if (hostEnd - portAt > 1 && !isDefaultPort(source, schemeAt, colon, portAt + 1, hostEnd)) {
            append(source, portAt, hostEnd);
        }
        path(source, hostEnd, to);
        return true;
    }

    private void path(byte[] source, int hostEnd, int to) {
        int end = hostEnd;
        queryAt = -1;
        while (end < to && source[end] != '#') {
            end++;
        }
        if (hostEnd == end || source[hostEnd] != '/') {
            reserve(1);
            bytes[length++] = '/';
        }
        int start = length;
        append(source, hostEnd, end);
        for (int i = start; i < length && queryAt < 0; i++) {
            if (bytes[i] == '?') {
                queryAt = i;
            }
        }
    }

    private boolean host(byte[] source, int from, int to) {
        if (to - from > 2 && source[from] == '[' && source[to - 1] == ']') {
            append(source, from + 1, to - 1);
            return true;
        }
        int end = to;
        while (end > from && source[end - 1] == '.') {
            end--;
        }
        return name(source, from, end);
    }

    /// Where `://` begins when the text begins with a scheme, or -1.
    private static int scheme(byte[] source, int from, int to) {
        for (int i = from; i < to - 2 && i - from < 16; i++) {
            if (source[i] == ':') {
                return source[i + 1] == '/' && source[i + 2] == '/' && i > from ? i : -1;
            }
            if (!Character.isLetterOrDigit(source[i]) && source[i] != '+' && source[i] != '-' && source[i] != '.') {
                return -1;
            }
        }
        return -1;
    }

    private static int port(byte[] source, int from, int hostEnd) {
        int at = hostEnd - 1;
        while (at > from && source[at] >= '0' && source[at] <= '9') {
            at--;
        }
        return at > from && source[at] == ':' ? at : hostEnd;
    }

    private static boolean isDefaultPort(byte[] source, int schemeAt, int colon, int from, int to) {
        boolean secure = colon > schemeAt && (source[colon - 1] == 's' || source[colon - 1] == 'S');
        byte[] usual = secure ? HTTPS_PORT : HTTP_PORT;
        return Arrays.equals(source, from, to, usual, 0, usual.length);
    }

    private static final byte[] HTTP_PORT = {'8', '0'};
    private static final byte[] HTTPS_PORT = {'4', '4', '3'};

    private void append(byte[] source, int from, int to) {
        if (to > from) {
            reserve(to - from);
            System.arraycopy(source, from, bytes, length, to - from);
            length += to - from;
        }
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
