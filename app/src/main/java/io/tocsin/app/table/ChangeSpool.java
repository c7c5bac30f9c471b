package io.tocsin.app.table;

import io.tocsin.correlator.table.TableChange;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Rows of a file that is imported, put together into changes, on disk until it is known that the whole file is right.
///
/// Thread-safety: one thread.
final class ChangeSpool implements AutoCloseable {
    private static final int CHANGE_BYTES = 256 << 10;

    /// Takes changes as bytes.
    interface Taker {
        void accept(byte[] batch, int length) throws IOException;
    }

    /// Makes the bytes of a change.
    interface Encoder {
        /// Returns the length; the bytes stand at the start of [#buffer()].
        int encode(List<TableChange.Row> rows);

        byte[] buffer();
    }

    private final Path file;
    private final DataOutputStream out;
    private final Encoder encoder;
    private final List<TableChange.Row> open = new ArrayList<>();
    private int openBytes;

    ChangeSpool(Path folder, Encoder encoder) throws IOException {
        this.encoder = encoder;
        file = Files.createTempFile(folder, "import-", ".tmp");
        out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
    }

    void add(TableChange.Row row) throws IOException {
        int bytes = TableChange.bytes(row);
        if (openBytes + bytes > CHANGE_BYTES && !open.isEmpty()) {
            seal();
        }
        open.add(row);
        openBytes += bytes;
    }

    private void seal() throws IOException {
        int length = encoder.encode(open);
        out.writeInt(length);
        out.write(encoder.buffer(), 0, length);
        open.clear();
        openBytes = 0;
    }

    /// Hands out all changes in order.
    void drain(Taker taker) throws IOException {
        if (!open.isEmpty()) {
            seal();
        }
        out.close();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            while (true) {
                int length;
                try {
                    length = in.readInt();
                } catch (EOFException end) {
                    return;
                }
                byte[] batch = in.readNBytes(length);
                taker.accept(batch, length);
            }
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
        Files.deleteIfExists(file);
    }
}
