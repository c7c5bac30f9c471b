package io.tocsin.pipeline.enrich.geo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The data section of a MaxMind DB file: typed values with pointers between them (MaxMind DB file format 2.0,
/// "Output Data Section"). A value begins with a control byte: type in the upper three bits (0: the type is in the
/// next byte), size in the lower five.
///
/// Every read is checked against the bounds of the section; nesting and the number of values of one record are
/// limited, so that a damaged or hostile file ends in [DamagedDatabaseException], never in endless work.
///
/// Immutable; any thread.
final class MaxMindData {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    static final int POINTER = 1;
    static final int TEXT = 2;
    static final int DOUBLE = 3;
    static final int BYTES = 4;
    static final int UINT16 = 5;
    static final int UINT32 = 6;
    static final int MAP = 7;
    static final int INT32 = 8;
    static final int UINT64 = 9;
    static final int UINT128 = 10;
    static final int ARRAY = 11;
    static final int BOOLEAN = 14;
    static final int FLOAT = 15;

    private static final int MAXIMUM_DEPTH = 64;
    private static final int MAXIMUM_VALUES = 100_000;

    private final byte[] file;
    private final int start;
    private final int end;

    /// @param start where the section begins in the file; pointers count from here
    /// @param end where it ends, exclusive
    MaxMindData(byte[] file, int start, int end) {
        this.file = file;
        this.start = start;
        this.end = end;
    }

    /// A value as it lies in the file: pointers followed.
    ///
    /// @param at where its content begins, behind control byte and size
    /// @param size bytes of the content, entries of a map, elements of an array, or the value of a boolean
    record Value(int type, int at, int size) {}

    /// Reads the head of the value at an offset of the file and follows a pointer.
    Value value(int offset) {
        long head = head(offset);
        return new Value(type(head), at(head), size(head));
    }

    /// Head of a value as a number: type in the upper byte, size in the next 24 bits, place of the content in the
    /// lower 32.
    private long head(int offset) {
        long head = control(offset);
        if (type(head) == POINTER) {
            int target = pointerTarget(head);
            head = control(target);
            if (type(head) == POINTER) {
                throw new DamagedDatabaseException("a pointer points to a pointer [offset=" + offset + "]");
            }
        }
        return head;
    }

    private static int type(long head) {
        return (int) (head >>> 56);
    }

    private static int size(long head) {
        return (int) (head >>> 32) & 0xff_ffff;
    }

    private static int at(long head) {
        return (int) head;
    }

    private static long pack(int type, int size, int at) {
        return (long) type << 56 | (long) size << 32 | at;
    }

    private long control(int offset) {
        int control = unsigned(offset, 1);
        int type = control >>> 5;
        int at = offset + 1;
        if (type == POINTER) {
            // The size of a pointer's content is 1 to 4; its value bits stay in the control byte.
            return pack(POINTER, control & 0x1f, at);
        }
        if (type == 0) {
            type = unsigned(at++, 1) + 7;
            if (type < INT32 || type > FLOAT || type == 12 || type == 13) {
                throw new DamagedDatabaseException(
                        "unknown type of a value [type=" + type + ", offset=" + offset + "]");
            }
        }
        int size = control & 0x1f;
        if (size == 29) {
            size = 29 + unsigned(at, 1);
            at += 1;
        } else if (size == 30) {
            size = 285 + unsigned(at, 2);
            at += 2;
        } else if (size == 31) {
            size = 65_821 + unsigned(at, 3);
            at += 3;
        }
        check(type, size, at);
        return pack(type, size, at);
    }

    private void check(int type, int size, int at) {
        boolean fits = switch (type) {
            case TEXT, BYTES -> size <= end - at;
            case DOUBLE -> size == 8 && end - at >= 8;
            case FLOAT -> size == 4 && end - at >= 4;
            case UINT16 -> size <= 2 && end - at >= size;
            case UINT32, INT32 -> size <= 4 && end - at >= size;
            case UINT64 -> size <= 8 && end - at >= size;
            case UINT128 -> size <= 16 && end - at >= size;
            // An entry takes two bytes at least, an element one.
            case MAP -> size <= (end - at) / 2;
            case ARRAY -> size <= end - at;
            case BOOLEAN -> size <= 1;
            default -> false;
        };
        if (!fits) {
            throw new DamagedDatabaseException(
                    "a value does not fit [type=" + type + ", size=" + size + ", offset=" + at + "]");
        }
    }

    private int pointerTarget(long head) {
        int bits = size(head);
        int at = at(head);
        int value = bits & 7;
        long target = switch (bits >>> 3) {
            case 0 -> (long) value << 8 | unsigned(at, 1);
            case 1 -> ((long) value << 16 | unsigned(at, 2)) + 2048;
            case 2 -> ((long) value << 24 | unsigned(at, 3)) + 526_336;
            default -> unsigned(at, 4) & 0xffff_ffffL;
        };
        if (target >= end - start) {
            throw new DamagedDatabaseException("a pointer points outside of the data [target=" + target + "]");
        }
        return start + (int) target;
    }

    /// Where the value behind this one begins.
    private int skip(int offset, int depth) {
        long head = control(offset);
        int at = at(head);
        int size = size(head);
        return switch (type(head)) {
            case POINTER -> at + (size >>> 3) + 1;
            case MAP, ARRAY -> {
                requireDepth(depth);
                int next = at;
                int count = type(head) == MAP ? size * 2 : size;
                for (int i = 0; i < count; i++) {
                    next = skip(next, depth + 1);
                }
                yield next;
            }
            case BOOLEAN -> at;
            default -> at + size;
        };
    }

    /// Offset of the value of a map under a key, or -1; also -1 when the value is no map.
    int member(int offset, byte[] key) {
        long head = head(offset);
        if (type(head) != MAP) {
            return -1;
        }
        int next = at(head);
        for (int i = 0; i < size(head); i++) {
            long name = head(next);
            int valueAt = skip(next, 0);
            if (type(name) == TEXT && Arrays.equals(file, at(name), at(name) + size(name), key, 0, key.length)) {
                return valueAt;
            }
            next = skip(valueAt, 0);
        }
        return -1;
    }

    /// Offset of an element of an array, or -1; a negative index counts from the end.
    int element(int offset, int index) {
        long head = head(offset);
        int wanted = index < 0 ? size(head) + index : index;
        if (type(head) != ARRAY || wanted < 0 || wanted >= size(head)) {
            return -1;
        }
        int next = at(head);
        for (int i = 0; i < wanted; i++) {
            next = skip(next, 0);
        }
        return next;
    }

    /// The value as an object: text, `Double`, `Float`, `Long`, [BigInteger], `Boolean`, bytes, list or map.
    Object decode(int offset) {
        return decode(offset, 0, new int[1]);
    }

    private Object decode(int offset, int depth, int[] values) {
        if (++values[0] > MAXIMUM_VALUES) {
            throw new DamagedDatabaseException("a record has too many values [maximum=" + MAXIMUM_VALUES + "]");
        }
        Value value = value(offset);
        int at = value.at;
        int size = value.size;
        return switch (value.type) {
            case TEXT -> new String(file, at, size, UTF_8);
            case BYTES -> Arrays.copyOfRange(file, at, at + size);
            case DOUBLE -> real(value);
            case FLOAT -> Float.intBitsToFloat((int) INT.get(file, at));
            case UINT16, UINT32, INT32 -> integer(value);
            case UINT64, UINT128 -> new BigInteger(1, file, at, size);
            case BOOLEAN -> size != 0;
            case ARRAY -> {
                requireDepth(depth);
                List<Object> list = new ArrayList<>();
                int next = at;
                for (int i = 0; i < size; i++) {
                    list.add(decode(next, depth + 1, values));
                    next = skip(next, depth + 1);
                }
                yield list;
            }
            case MAP -> {
                requireDepth(depth);
                Map<String, Object> map = new LinkedHashMap<>();
                int next = at;
                for (int i = 0; i < size; i++) {
                    Object key = decode(next, depth + 1, values);
                    next = skip(next, depth + 1);
                    map.put(String.valueOf(key), decode(next, depth + 1, values));
                    next = skip(next, depth + 1);
                }
                yield map;
            }
            default -> throw new DamagedDatabaseException("unknown type of a value [type=" + value.type + "]");
        };
    }

    /// Text of a value of a plain type as UTF-8, `Double` for fractions, `Long` for whole numbers, or null when it
    /// has none (a map, an array, an empty text).
    @Nullable
    Object plain(int offset) {
        Value value = value(offset);
        return switch (value.type) {
            case TEXT -> value.size == 0 ? null : Arrays.copyOfRange(file, value.at, value.at + value.size);
            case DOUBLE -> real(value);
            case FLOAT -> (double) Float.intBitsToFloat((int) INT.get(file, value.at));
            case UINT16, UINT32, INT32 -> integer(value);
            case UINT64, UINT128 -> {
                BigInteger number = new BigInteger(1, file, value.at, value.size);
                yield number.bitLength() < 64
                        ? (Object) number.longValue()
                        : number.toString().getBytes(UTF_8);
            }
            case BOOLEAN -> (value.size != 0 ? "true" : "false").getBytes(UTF_8);
            default -> null;
        };
    }

    private double real(Value value) {
        return Double.longBitsToDouble((long) LONG.get(file, value.at));
    }

    private long integer(Value value) {
        long number = 0;
        for (int i = 0; i < value.size; i++) {
            number = number << 8 | (file[value.at + i] & 0xff);
        }
        return value.type == INT32 && value.size == 4 ? (int) number : number;
    }

    /// Goes through a value and all that it refers to, once each.
    ///
    /// @param seen offsets, relative to the section, that were checked before
    void verify(int offset, BitSet seen) {
        verify(offset, 0, seen, new BitSet());
    }

    /// @param open containers that the value lies in: a pointer to one of them never ends
    private int verify(int offset, int depth, BitSet seen, BitSet open) {
        if (offset < start || offset >= end) {
            throw new DamagedDatabaseException("a record lies outside of the data [offset=" + offset + "]");
        }
        long head = control(offset);
        if (type(head) == POINTER) {
            int target = pointerTarget(head);
            head(offset);
            if (open.get(target - start)) {
                throw new DamagedDatabaseException("a value contains itself [offset=" + target + "]");
            }
            if (!seen.get(target - start)) {
                requireDepth(depth);
                verify(target, depth + 1, seen, open);
            }
            return skip(offset, depth);
        }
        boolean known = seen.get(offset - start);
        seen.set(offset - start);
        if (known || (type(head) != MAP && type(head) != ARRAY)) {
            return skip(offset, depth);
        }
        requireDepth(depth);
        open.set(offset - start);
        int next = at(head);
        for (int i = 0; i < size(head); i++) {
            if (type(head) == MAP) {
                if (type(head(next)) != TEXT) {
                    throw new DamagedDatabaseException("a key of a map is no text [offset=" + next + "]");
                }
                next = verify(next, depth + 1, seen, open);
            }
            next = verify(next, depth + 1, seen, open);
        }
        open.clear(offset - start);
        return next;
    }

    private static void requireDepth(int depth) {
        if (depth > MAXIMUM_DEPTH) {
            throw new DamagedDatabaseException("values are nested too deeply [maximum=" + MAXIMUM_DEPTH + "]");
        }
    }

    private int unsigned(int at, int bytes) {
        if (at < start || at > end - bytes) {
            throw new DamagedDatabaseException("a value lies outside of the data [offset=" + at + "]");
        }
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | (file[at + i] & 0xff);
        }
        return value;
    }
}
