package io.tocsin.pipeline.assemble;

import static java.nio.charset.StandardCharsets.US_ASCII;

/// Finds the head of a Linux audit record in a line, bare or behind a syslog header:
/// `[node=NAME ]type=TYPE msg=audit(SECONDS.MILLIS:SERIAL): BODY`, also as the kernel prints it (`audit: type=1300
/// audit(…): …`).
///
/// Thread-safety: one thread.
public final class AuditdLine {
    private static final byte[] AUDIT = "audit(".getBytes(US_ASCII);
    private static final byte[] TYPE = "type=".getBytes(US_ASCII);
    private static final byte[] NODE = "node=".getBytes(US_ASCII);
    private static final int LONGEST_HEAD = 1024;

    private int nodeStart;
    private int nodeEnd;
    private int typeStart;
    private int typeEnd;
    private int headStart;
    private int timeStart;
    private int timeEnd;
    private long millis;
    private long serial;
    private int bodyStart;

    /// Reads the head; false when the line is no audit record.
    public boolean read(byte[] text, int from, int to) {
        int limit = Math.min(to, from + LONGEST_HEAD);
        int audit = indexOf(text, from, limit, AUDIT);
        if (audit < 0 || !stamp(text, audit + AUDIT.length, to)) {
            return false;
        }
        nodeStart = -1;
        nodeEnd = -1;
        typeStart = -1;
        typeEnd = -1;
        int type = lastIndexOf(text, from, audit, TYPE);
        if (type < 0) {
            return false;
        }
        typeStart = type + TYPE.length;
        typeEnd = tokenEnd(text, typeStart, audit);
        headStart = type;
        int node = lastIndexOf(text, from, type, NODE);
        if (node >= 0 && (node == from || text[node - 1] == ' ') && tokenEnd(text, node, type) == type - 1) {
            nodeStart = node + NODE.length;
            nodeEnd = type - 1;
            headStart = node;
        }
        return typeEnd > typeStart;
    }

    private boolean stamp(byte[] text, int from, int to) {
        timeStart = from;
        int at = from;
        long seconds = 0;
        while (at < to && at - from < 12 && isDigit(text[at])) {
            seconds = seconds * 10 + text[at++] - '0';
        }
        if (at == from || at >= to) {
            return false;
        }
        long fraction = 0;
        if (text[at] == '.') {
            int start = ++at;
            while (at < to && at - start < 3 && isDigit(text[at])) {
                fraction = fraction * 10 + text[at++] - '0';
            }
            if (at == start) {
                return false;
            }
        }
        timeEnd = at;
        if (at >= to || text[at] != ':') {
            return false;
        }
        int start = ++at;
        long number = 0;
        while (at < to && at - start < 18 && isDigit(text[at])) {
            number = number * 10 + text[at++] - '0';
        }
        if (at == start || at >= to || text[at] != ')') {
            return false;
        }
        at++;
        if (at < to && text[at] == ':') {
            at++;
        }
        while (at < to && text[at] == ' ') {
            at++;
        }
        millis = seconds * 1000 + fraction;
        serial = number;
        bodyStart = at;
        return true;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static int tokenEnd(byte[] text, int from, int to) {
        int at = from;
        while (at < to && text[at] != ' ') {
            at++;
        }
        return at;
    }

    private static int indexOf(byte[] text, int from, int to, byte[] wanted) {
        for (int i = from; i + wanted.length <= to; i++) {
            if (startsWith(text, i, wanted)) {
                return i;
            }
        }
        return -1;
    }

    private static int lastIndexOf(byte[] text, int from, int to, byte[] wanted) {
        for (int i = to - wanted.length; i >= from; i--) {
            if (startsWith(text, i, wanted)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean startsWith(byte[] text, int at, byte[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (text[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    /// Start of the node name, or -1.
    public int nodeStart() {
        return nodeStart;
    }

    public int nodeEnd() {
        return nodeEnd;
    }

    /// Where the record begins, behind any syslog header.
    public int headStart() {
        return headStart;
    }

    /// Start of the time in seconds with fraction.
    public int timeStart() {
        return timeStart;
    }

    public int timeEnd() {
        return timeEnd;
    }

    /// Milliseconds since the epoch.
    public long millis() {
        return millis;
    }

    public long serial() {
        return serial;
    }

    /// Where the pairs begin.
    public int bodyStart() {
        return bodyStart;
    }

    /// Start of the record type as the line has it.
    public int typeStart() {
        return typeStart;
    }

    public int typeEnd() {
        return typeEnd;
    }

    /// Name of the record type; numbers as far as they are known become names.
    public String type(byte[] text) {
        return AuditdTypes.name(new String(text, typeStart, typeEnd - typeStart, US_ASCII));
    }
}
