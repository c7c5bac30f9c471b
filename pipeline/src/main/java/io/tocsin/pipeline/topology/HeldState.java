package io.tocsin.pipeline.topology;

import io.tocsin.file.DurableFile;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What a collector holds over, as of one place of the node log: written beside, forced and moved over the old one.
///
/// ```
/// magic `THLD` | version 2 | CRC32C of the rest | producer of the log | read up to (record, sequence)
/// | log end (record, sequence) | count, then name, length and bytes of each part
/// ```
///
/// Version 1 had no producer. A new epoch of the log leaves places as they are: sequences go on.
///
/// @param producer of the log that the places are of, 0 when it is not known
/// @param read everything before this place is in the parts, or was released
/// @param logEnd everything released from what was read lies before this place
/// @param parts state of the holders, by name
@SuppressWarnings("ArrayRecordComponent") // states are handed on, never compared
record HeldState(long producer, LogPosition read, LogPosition logEnd, Map<String, byte[]> parts) {
    private static final int MAGIC = 0x54484C44;
    private static final int VERSION = 2;
    private static final int WITHOUT_PRODUCER = 1;
    private static final int HEAD_BYTES = 12;

    /// Reads the file.
    ///
    /// @return null when there is none
    /// @throws IOException when it cannot be read or is damaged
    static @Nullable HeldState read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            return null;
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int version = bytes.length < HEAD_BYTES || in.readInt() != MAGIC ? 0 : in.readInt();
        if (version != VERSION && version != WITHOUT_PRODUCER) {
            throw new IOException("not a state of version " + VERSION);
        }
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, HEAD_BYTES, bytes.length - HEAD_BYTES);
        if (in.readInt() != (int) checksum.getValue()) {
            throw new IOException("the checksum does not match");
        }
        long producer = version == WITHOUT_PRODUCER ? 0 : in.readLong();
        LogPosition read = new LogPosition(in.readLong(), in.readLong());
        LogPosition logEnd = new LogPosition(in.readLong(), in.readLong());
        Map<String, byte[]> parts = new LinkedHashMap<>();
        for (int i = in.readInt(); i > 0; i--) {
            String name = in.readUTF();
            parts.put(name, in.readNBytes(in.readInt()));
        }
        return new HeldState(producer, read, logEnd, parts);
    }

    /// Whether the places are those of a log.
    boolean isOf(long logProducer) {
        return producer == 0 || producer == logProducer;
    }

    /// Writes the file; it is on disk afterwards.
    void write(Path file) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(body)) {
            out.writeLong(producer);
            out.writeLong(read.recordIndex());
            out.writeLong(read.sequence());
            out.writeLong(logEnd.recordIndex());
            out.writeLong(logEnd.sequence());
            out.writeInt(parts.size());
            for (Map.Entry<String, byte[]> part : parts.entrySet()) {
                out.writeUTF(part.getKey());
                out.writeInt(part.getValue().length);
                out.write(part.getValue());
            }
        }
        CRC32C checksum = new CRC32C();
        checksum.update(body.toByteArray());
        ByteBuffer whole = ByteBuffer.allocate(HEAD_BYTES + body.size())
                .putInt(MAGIC)
                .putInt(VERSION)
                .putInt((int) checksum.getValue())
                .put(body.toByteArray())
                .flip();
        Files.createDirectories(file.toAbsolutePath().getParent());
        DurableFile.replace(file, whole);
    }
}
