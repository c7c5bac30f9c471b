package io.tocsin.pipeline.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/// Reads the records of the Linux audit system: events are told apart by node, time and serial number.
///
/// The sender is `node=`, else the host of the syslog header, else the peer. A group ends with EOE, which only plugins
/// of the audit daemon get, or PROCTITLE, which is the last in its log file; both only when the paths that SYSCALL
/// announced (`items=`) are there, since transports may change the order. What programs send stands alone.
///
/// Thread-safety: one thread.
final class AuditdParts implements PartReader {
    private static final byte[] ITEMS = " items=".getBytes(UTF_8);
    private static final byte[] CALL = " syscall=".getBytes(UTF_8);
    private static final byte[] SUCCESS = " success=yes".getBytes(UTF_8);
    private static final byte[] X86_64 = "arch=c000003e".getBytes(UTF_8);
    private static final byte[] AARCH64 = "arch=c00000b7".getBytes(UTF_8);
    private static final byte[] I386 = "arch=40000003".getBytes(UTF_8);
    private static final byte[] ARGC = "argc=".getBytes(UTF_8);

    private final AuditdLine line = new AuditdLine();

    @Override
    public boolean read(byte[] text, int offset, int length, Part into) {
        int end = offset + length;
        if (!line.read(text, offset, end)) {
            return false;
        }
        into.sender = line.nodeStart() >= 0
                ? new String(text, line.nodeStart(), line.nodeEnd() - line.nodeStart(), UTF_8)
                : SyslogHost.of(text, offset, line.headStart());
        into.key = new String(text, line.timeStart(), line.timeEnd() - line.timeStart(), UTF_8) + ":" + line.serial();
        into.timeMillis = line.millis();
        into.serial = line.serial() & 0xFFFF_FFFFL;
        String type = line.type(text);
        into.counted = false;
        switch (type) {
            case AuditdTypes.EOE -> into.role = Part.Role.END_MARK;
            case AuditdTypes.PROCTITLE -> into.role = Part.Role.END;
            case AuditdTypes.PATH, "CWD" -> into.counted = true;
            case "EXECVE" -> into.counted = find(text, line.bodyStart(), end, ARGC) >= 0;
            case AuditdTypes.SYSCALL -> into.expected = expected(text, line.bodyStart(), end);
            default -> into.role = AuditdTypes.isPart(type) ? Part.Role.PART : Part.Role.SINGLE;
        }
        return true;
    }

    @Override
    public boolean endsByCountAlone() {
        return false;
    }

    /// Records that have to come with a system call: its paths, with them the working folder, and the arguments of a
    /// program that was started.
    private static int expected(byte[] text, int from, int to) {
        int items = number(text, from, to, ITEMS);
        int program = find(text, from, to, SUCCESS) >= 0 && startsProgram(text, from, to) ? 1 : 0;
        return items + (items > 0 ? 1 : 0) + program;
    }

    private static boolean startsProgram(byte[] text, int from, int to) {
        int call = number(text, from, to, CALL);
        if (find(text, from, to, X86_64) >= 0) {
            return call == 59 || call == 322;
        }
        if (find(text, from, to, AARCH64) >= 0) {
            return call == 221 || call == 281;
        }
        return find(text, from, to, I386) >= 0 && (call == 11 || call == 358);
    }

    private static int number(byte[] text, int from, int to, byte[] name) {
        int at = find(text, from, to, name);
        if (at < 0) {
            return 0;
        }
        at += name.length;
        int number = 0;
        while (at < to && text[at] >= '0' && text[at] <= '9' && number < 10_000) {
            number = number * 10 + text[at++] - '0';
        }
        return number;
    }

    private static int find(byte[] text, int from, int to, byte[] wanted) {
        for (int i = from; i + wanted.length <= to; i++) {
            if (text[i] == wanted[0] && Arrays.equals(text, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }
}
