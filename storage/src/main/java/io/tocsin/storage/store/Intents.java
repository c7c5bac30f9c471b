package io.tocsin.storage.store;

import io.tocsin.error.TocsinException;
import io.tocsin.event.DeliveryRun;
import io.tocsin.file.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Remembers, over crashes, which events of a delivery were left out as duplicates: written and forced before the
/// first of its statements. When the delivery is repeated because it was interrupted, its events look as if they
/// were stored before, which some of them are, by itself; the same events must be left out again and no others.
///
/// The file `intents` is a sequence of entries: magic `TINT` (4), length of what follows without the checksum (4),
/// producer (8), epoch (4), first sequence (8), count (8), the bits of what is left out as 64-bit words (8 each),
/// CRC32C of the entry up to here (4); big endian. The last entry may be cut: its delivery was never begun.
///
/// Thread-safety: one thread at a time.
final class Intents implements AutoCloseable {
    private static final String NAME = "intents";
    private static final int MAGIC = 0x54494e54;
    private static final int HEAD_BYTES = 8;
    private static final int RUN_BYTES = 28;
    private static final int CHECKSUM_BYTES = 4;
    private static final long REWRITE_BYTES = 4 << 20;

    /// One producer and epoch: at most one of its runs is on its way.
    private record Stream(long producer, int epoch) {
        static Stream of(DeliveryRun run) {
            return new Stream(run.producer(), run.epoch());
        }
    }

    private record Intent(DeliveryRun run, BitSet leftOut) {}

    private final Path file;
    private final Map<Stream, Intent> pending = new HashMap<>();
    private FileChannel channel;

    private Intents(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /// Reads what earlier processes were about to store.
    static Intents open(Path folder) {
        Path file = folder.resolve(NAME);
        try {
            Files.createDirectories(folder);
            byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            Intents intents = new Intents(file, append(file));
            intents.read(ByteBuffer.wrap(bytes));
            intents.rewrite();
            return intents;
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot read which deliveries were begun", file, e);
        }
    }

    private static FileChannel append(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void read(ByteBuffer bytes) {
        while (bytes.remaining() >= HEAD_BYTES) {
            int start = bytes.position();
            int length = bytes.getInt(start + 4);
            if (bytes.getInt(start) != MAGIC
                    || length < RUN_BYTES
                    || length > bytes.remaining() - HEAD_BYTES - CHECKSUM_BYTES
                    || checksum(bytes, start, HEAD_BYTES + length) != bytes.getInt(start + HEAD_BYTES + length)) {
                return;
            }
            ByteBuffer entry = bytes.slice(start + HEAD_BYTES, length);
            DeliveryRun run = new DeliveryRun(entry.getLong(), entry.getInt(), entry.getLong(), entry.getLong());
            pending.put(
                    Stream.of(run),
                    new Intent(
                            run,
                            BitSet.valueOf(entry.slice().order(entry.order()).asLongBuffer())));
            bytes.position(start + HEAD_BYTES + length + CHECKSUM_BYTES);
        }
    }

    private static int checksum(ByteBuffer bytes, int offset, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.slice(offset, length));
        return (int) checksum.getValue();
    }

    /// What was decided about the run when it was begun; null when it was not.
    @Nullable
    BitSet leftOut(DeliveryRun run) {
        Intent intent = pending.get(Stream.of(run));
        return intent != null && intent.run().equals(run) ? intent.leftOut() : null;
    }

    /// Notes durably what is left out of a run that is stored next.
    void begin(DeliveryRun run, BitSet leftOut) {
        Intent intent = new Intent(run, leftOut);
        try {
            if (channel.size() > REWRITE_BYTES) {
                rewrite();
            }
            write(channel, intent);
            channel.force(false);
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot note that a delivery is begun", file, e);
        }
        pending.put(Stream.of(run), intent);
    }

    /// Forgets a run that is stored.
    void done(DeliveryRun run) {
        pending.remove(Stream.of(run));
    }

    private static void write(FileChannel to, Intent intent) throws IOException {
        long[] words = intent.leftOut().toLongArray();
        int length = RUN_BYTES + words.length * Long.BYTES;
        ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES + length + CHECKSUM_BYTES)
                .putInt(MAGIC)
                .putInt(length)
                .putLong(intent.run().producer())
                .putInt(intent.run().epoch())
                .putLong(intent.run().firstSequence())
                .putLong(intent.run().count());
        for (long word : words) {
            bytes.putLong(word);
        }
        bytes.putInt(checksum(bytes, 0, HEAD_BYTES + length)).flip();
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    /// Replaces the file by one that holds only what is on its way.
    private void rewrite() throws IOException {
        Path beside = file.resolveSibling(NAME + ".new");
        try (FileChannel fresh = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            Collection<Intent> intents = pending.values();
            for (Intent intent : intents) {
                write(fresh, intent);
            }
            fresh.force(true);
        }
        channel.close();
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DurableFile.forceName(file);
        channel = append(file);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot close the file of deliveries that were begun", file, e);
        }
    }
}
