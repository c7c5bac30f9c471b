package io.tocsin.pipeline.enrich.geo;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A database in the MaxMind DB format 2.0 (GeoLite2, GeoIP2, DB-IP and others): a binary tree over the bits of an
/// address whose leaves point into a section of typed values.
///
/// File: tree of `nodes × 2 records` of 24, 28 or 32 bits, 16 zero bytes, data, the marker `\xAB\xCD\xEFMaxMind.com`
/// and the metadata as one more value. A record below the number of nodes is the next node, equal to it means
/// nothing is known, above it is `offset in the data + nodes + 16`.
///
/// The whole file is held in memory and checked when it is opened, so that lookups cost no system call and a file
/// that is overwritten in place does no harm. A lookup allocates nothing.
///
/// Immutable; any thread.
public final class MaxMindDatabase {
    /// Largest file, in bytes.
    public static final long MAXIMUM_BYTES = 1L << 30;

    private static final byte[] MARKER = {
        (byte) 0xAB, (byte) 0xCD, (byte) 0xEF, 'M', 'a', 'x', 'M', 'i', 'n', 'd', '.', 'c', 'o', 'm'
    };
    private static final int MAXIMUM_METADATA_BYTES = 128 * 1024;
    private static final int SEPARATOR_BYTES = 16;

    private final byte[] file;
    private final int nodes;
    private final int recordBits;
    private final int nodeBytes;
    private final int addressBits;
    private final int dataStart;
    private final MaxMindData data;
    private final Map<?, ?> metadata;
    private final int ipv4Root;

    private MaxMindDatabase(byte[] file) {
        this.file = file;
        int marker = lastMarker(file);
        if (marker < 0) {
            throw new DamagedDatabaseException("no metadata found, the file is no MaxMind database");
        }
        int metadataStart = marker + MARKER.length;
        MaxMindData metadataSection = new MaxMindData(file, metadataStart, file.length);
        if (!(metadataSection.decode(metadataStart) instanceof Map<?, ?> map)) {
            throw new DamagedDatabaseException("metadata is no map");
        }
        metadata = map;
        long version = number("binary_format_major_version");
        if (version != 2) {
            throw new DamagedDatabaseException("format version is not supported [version=" + version + "]");
        }
        recordBits = (int) number("record_size");
        if (recordBits != 24 && recordBits != 28 && recordBits != 32) {
            throw new DamagedDatabaseException("record size is not supported [bits=" + recordBits + "]");
        }
        long ipVersion = number("ip_version");
        if (ipVersion != 4 && ipVersion != 6) {
            throw new DamagedDatabaseException("address version is not supported [version=" + ipVersion + "]");
        }
        addressBits = ipVersion == 4 ? 32 : 128;
        nodeBytes = recordBits / 4;
        long count = number("node_count");
        if (count < 1 || count * nodeBytes + SEPARATOR_BYTES > marker) {
            throw new DamagedDatabaseException("tree is longer than the file [nodes=" + count + "]");
        }
        nodes = (int) count;
        dataStart = nodes * nodeBytes + SEPARATOR_BYTES;
        for (int i = dataStart - SEPARATOR_BYTES; i < dataStart; i++) {
            if (file[i] != 0) {
                throw new DamagedDatabaseException("tree and data are not separated [offset=" + i + "]");
            }
        }
        data = new MaxMindData(file, dataStart, marker);
        verify();
        ipv4Root = addressBits == 32 ? 0 : descend(0, 0, 0, 96);
    }

    /// Reads and checks a file.
    ///
    /// @throws TocsinException when it cannot be read or is no sound database
    public static MaxMindDatabase open(Path path) {
        try {
            long bytes = Files.size(path);
            if (bytes > MAXIMUM_BYTES) {
                throw refused(path, "file is too large, maximumBytes=" + MAXIMUM_BYTES, null);
            }
            return of(Files.readAllBytes(path));
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot read a geo database", path, e);
        } catch (DamagedDatabaseException e) {
            throw refused(path, String.valueOf(e.getMessage()), e);
        }
    }

    private static TocsinException refused(Path path, String reason, @Nullable Throwable cause) {
        String message = "cannot use a geo database [path=" + path + ", reason=" + reason + "]";
        return cause == null
                ? TocsinException.of(ErrorCode.INVALID_CONFIG, message)
                : TocsinException.of(ErrorCode.INVALID_CONFIG, message, cause);
    }

    /// Checks the bytes of a database, which must not change any more.
    ///
    /// @throws DamagedDatabaseException when they are none
    public static MaxMindDatabase of(byte[] file) {
        return new MaxMindDatabase(file);
    }

    /// Offset of the record of an address, or -1 when nothing is known about it.
    ///
    /// @param high upper half of the address
    /// @param low lower half; an IPv4 address stands in its lower 32 bits
    /// @param ipv4 true for an IPv4 address, whatever the other bits are
    public int find(long high, long low, boolean ipv4) {
        int value;
        if (ipv4) {
            value = ipv4Root >= nodes ? ipv4Root : descend(ipv4Root, low << 32, 0, 32);
        } else if (addressBits == 32) {
            return -1;
        } else {
            value = descend(0, high, low, 128);
        }
        return value <= nodes ? -1 : dataStart + value - nodes - SEPARATOR_BYTES;
    }

    /// Follows `bits` bits from a node on; returns the record where it ended.
    private int descend(int node, long high, long low, int bits) {
        int value = node;
        for (int bit = 0; bit < bits && value < nodes; bit++) {
            long half = bit < 64 ? high : low;
            value = record(value, (int) (half >>> (63 - (bit & 63))) & 1);
        }
        return value;
    }

    private int record(int node, int side) {
        int at = node * nodeBytes;
        return switch (recordBits) {
            case 24 -> unsigned24(at + side * 3);
            case 28 -> {
                int middle = file[at + 3] & 0xff;
                yield (side == 0 ? middle >>> 4 : middle & 0xf) << 24 | unsigned24(at + side * 4);
            }
            default -> (file[at + side * 4] & 0xff) << 24 | unsigned24(at + side * 4 + 1);
        };
    }

    private int unsigned24(int at) {
        return (file[at] & 0xff) << 16 | (file[at + 1] & 0xff) << 8 | (file[at + 2] & 0xff);
    }

    /// Checks that every record of the tree leads to a node or to a sound value.
    private void verify() {
        BitSet seen = new BitSet();
        for (int node = 0; node < nodes; node++) {
            for (int side = 0; side < 2; side++) {
                int value = record(node, side);
                if (value < 0) {
                    throw new DamagedDatabaseException("a record of the tree is too large [node=" + node + "]");
                }
                if (value > nodes) {
                    long offset = (long) dataStart + value - nodes - SEPARATOR_BYTES;
                    if (offset < dataStart || offset >= file.length) {
                        throw new DamagedDatabaseException("a record of the tree leads nowhere [node=" + node + "]");
                    }
                    int relative = (int) offset - dataStart;
                    if (!seen.get(relative)) {
                        data.verify((int) offset, seen);
                    }
                }
            }
        }
    }

    /// A whole record as text, numbers, lists and maps.
    ///
    /// @param offset what [#find] gave
    public Object record(int offset) {
        return data.decode(offset);
    }

    MaxMindData data() {
        return data;
    }

    /// What the database says about its kind, such as `GeoLite2-City`.
    public String type() {
        return String.valueOf(metadata.get("database_type"));
    }

    /// When it was made.
    public Instant builtAt() {
        return metadata.get("build_epoch") instanceof Number seconds
                ? Instant.ofEpochSecond(Math.clamp(seconds.longValue(), 0, 1L << 40))
                : Instant.EPOCH;
    }

    /// Languages in which it has names.
    public List<String> languages() {
        return metadata.get("languages") instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    /// Bytes held in memory.
    public int bytes() {
        return file.length;
    }

    private long number(String key) {
        if (metadata.get(key) instanceof Number number) {
            return number.longValue();
        }
        throw new DamagedDatabaseException("metadata has no number [key=" + key + "]");
    }

    private static int lastMarker(byte[] file) {
        int lowest = Math.max(0, file.length - MAXIMUM_METADATA_BYTES - MARKER.length);
        for (int at = file.length - MARKER.length; at >= lowest; at--) {
            int i = 0;
            while (i < MARKER.length && file[at + i] == MARKER[i]) {
                i++;
            }
            if (i == MARKER.length) {
                return at;
            }
        }
        return -1;
    }
}
