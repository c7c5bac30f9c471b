package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.pipeline.normalizer.flow.TemplateMemory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What formats remember of their streams beyond one event: columns that a file declared in its first line, templates
/// that an exporter sent. Shared by all normalizers of one plan; the collector keeps it over a restart.
///
/// Bounded: at most [#MAXIMUM_ENTRIES] entries of [#MAXIMUM_VALUE_BYTES] bytes; the one unused for longest goes first.
///
/// As bytes: magic `TMEM`, version 1, CRC32C of the rest, number of entries, then for each the key and the value, both
/// with their length in four bytes.
///
/// Thread-safety: any thread.
public final class NormalizerMemory implements TemplateMemory {
    static final int MAXIMUM_ENTRIES = 10_000;
    static final int MAXIMUM_VALUE_BYTES = 1 << 16;
    private static final int MAGIC = 0x544D454D;
    private static final int VERSION = 1;

    private final Map<String, byte[]> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final AtomicLong changes = new AtomicLong();

    /// What is known under the key, or null. Do not change it.
    @Override
    public byte @Nullable [] get(String key) {
        synchronized (entries) {
            return entries.get(key);
        }
    }

    /// Remembers a value; one that is too long is not remembered.
    ///
    /// @param key begins with the name of the format, then says which stream it is
    @Override
    public void put(String key, byte[] value) {
        if (value.length > MAXIMUM_VALUE_BYTES || key.length() > MAXIMUM_VALUE_BYTES) {
            return;
        }
        synchronized (entries) {
            if (Arrays.equals(entries.get(key), value)) {
                return;
            }
            entries.put(key, value.clone());
            if (entries.size() > MAXIMUM_ENTRIES) {
                entries.remove(entries.keySet().iterator().next());
            }
        }
        changes.incrementAndGet();
    }

    /// Forgets a key.
    @Override
    public void remove(String key) {
        synchronized (entries) {
            if (entries.remove(key) == null) {
                return;
            }
        }
        changes.incrementAndGet();
    }

    /// Grows with each change.
    @Override
    public long changes() {
        return changes.get();
    }

    /// Everything as bytes.
    public byte[] toBytes() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(body);
                DataOutputStream head = new DataOutputStream(whole)) {
            synchronized (entries) {
                out.writeInt(entries.size());
                for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                    byte[] key = entry.getKey().getBytes(UTF_8);
                    out.writeInt(key.length);
                    out.write(key);
                    out.writeInt(entry.getValue().length);
                    out.write(entry.getValue());
                }
            }
            byte[] bytes = body.toByteArray();
            CRC32C checksum = new CRC32C();
            checksum.update(bytes);
            head.writeInt(MAGIC);
            head.writeInt(VERSION);
            head.writeInt((int) checksum.getValue());
            head.write(bytes);
            return whole.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    /// Takes over what [#toBytes()] gave.
    ///
    /// @return false when the bytes are damaged: nothing was taken over
    public boolean restore(byte[] bytes) {
        Map<String, byte[]> read = new LinkedHashMap<>();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (bytes.length < 16 || in.readInt() != MAGIC || in.readInt() != VERSION) {
                return false;
            }
            CRC32C checksum = new CRC32C();
            checksum.update(bytes, 12, bytes.length - 12);
            if (in.readInt() != (int) checksum.getValue()) {
                return false;
            }
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                byte[] key = in.readNBytes(in.readInt());
                read.put(new String(key, UTF_8), in.readNBytes(in.readInt()));
            }
        } catch (IOException | IllegalArgumentException _) {
            return false;
        }
        synchronized (entries) {
            entries.putAll(read);
        }
        return true;
    }
}
