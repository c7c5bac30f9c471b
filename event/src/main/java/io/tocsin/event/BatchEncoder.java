package io.tocsin.event;

import java.util.List;

/// Encodes a batch and its ledger in the batch format v1: the one binary form for the durable log, delivery between
/// services and queues. Layout: `docs/specs/batch-format.md`.
///
/// Thread-safety: one thread; the buffer is reused by the next call.
public final class BatchEncoder {
    private static final int EVENT_NUMBERS = 9;
    private static final int SLOT_NUMBERS = 4;

    /// Header, meta part and plain body, one behind the other: what is not compressed is complete there.
    private final WireWriter out = new WireWriter(1 << 16);
    private final BatchShapes shapes = new BatchShapes();
    private final Lz4Block compressor = new Lz4Block();
    private int[] shapeOf = new int[256];
    private byte[] compressed = new byte[0];
    private byte[] buffer = compressed;

    /// [#encode(EventBatch, String, boolean)] with compression.
    public int encode(EventBatch batch, String route) {
        return encode(batch, route, true);
    }

    /// Encodes and returns the length; the bytes are at the start of [#buffer()]. Producer, epoch and sequence are
    /// zero until [BatchHeader#stamp].
    ///
    /// @param route name of the service that made the batch
    /// @param compress true: about a third of the size for about six times the work
    /// @throws BatchFormatException when the batch is larger than [BatchHeader#MAXIMUM_BYTES]
    public int encode(EventBatch batch, String route, boolean compress) {
        out.length = 0;
        out.ensure(BatchHeader.LENGTH);
        out.length = BatchHeader.LENGTH;
        out.text(BatchHeader.utf8(route));
        List<BatchLedger.Entry> entries = batch.ledger().entries();
        out.unsigned(entries.size());
        for (BatchLedger.Entry entry : entries) {
            out.signed(entry.minute());
            out.text(BatchHeader.utf8(entry.service()));
            out.text(BatchHeader.utf8(entry.source()));
            out.unsigned(entry.counter().code());
            out.text(BatchHeader.utf8(entry.reason()));
            out.unsigned(entry.value());
        }
        int front = out.length;
        int added = added(batch);
        writeBody(batch, added);
        int plainLength = out.length - front;
        if (plainLength > BatchHeader.MAXIMUM_BYTES) {
            throw new BatchFormatException("batch is too large [bytes=" + plainLength + ", limit="
                    + BatchHeader.MAXIMUM_BYTES + "]: seal batches earlier");
        }
        int bodyLength = compress ? compress(front, plainLength) : plainLength;
        boolean small = bodyLength < plainLength;
        buffer = small ? compressed : out.bytes;
        BatchHeader.LONG.set(buffer, 0, 0L);
        BatchHeader.INT.set(buffer, 0, BatchHeader.MAGIC);
        buffer[BatchHeader.AT_VERSION] = BatchHeader.VERSION;
        int codec = small ? BatchHeader.CODEC_LZ4 : BatchHeader.CODEC_PLAIN;
        buffer[BatchHeader.AT_CODEC] = (byte) (codec | added);
        int metaLength = front - BatchHeader.LENGTH;
        BatchHeader.INT.set(buffer, BatchHeader.AT_COUNT, batch.count);
        BatchHeader.INT.set(buffer, BatchHeader.AT_META_LENGTH, metaLength);
        BatchHeader.INT.set(buffer, BatchHeader.AT_BODY_LENGTH, bodyLength);
        BatchHeader.INT.set(buffer, BatchHeader.AT_PLAIN_LENGTH, plainLength);
        BatchHeader.INT.set(buffer, BatchHeader.AT_BODY_CHECKSUM, BatchHeader.checksum(buffer, front, bodyLength));
        BatchHeader.INT.set(
                buffer, BatchHeader.AT_META_CHECKSUM, BatchHeader.checksum(buffer, BatchHeader.LENGTH, metaLength));
        BatchHeader.stamp(buffer, 0, 0, 0, 0);
        return front + bodyLength;
    }

    /// Compresses the body into `compressed`, behind a copy of what stands before it; returns its length there,
    /// which is of use when it is less than before.
    private int compress(int front, int plainLength) {
        int most = front + Lz4Block.maximumCompressedLength(plainLength);
        if (compressed.length < most) {
            compressed = new byte[Math.max(most, Math.min(compressed.length * 2, BatchHeader.MAXIMUM_BYTES))];
        }
        System.arraycopy(out.bytes, 0, compressed, 0, front);
        return Math.min(plainLength, compressor.compress(out.bytes, front, plainLength, compressed, front));
    }

    /// Where [#encode] put its result; valid until the next call.
    public byte[] buffer() {
        return buffer;
    }

    /// What the codec says of the origins.
    private static int added(EventBatch batch) {
        int added = 0;
        for (int i = 0; i < batch.originCount; i++) {
            if (batch.origins[i].isLong()) {
                added |= BatchHeader.LONG_ORIGINS;
            }
            if (!batch.origins[i].instance().isEmpty()) {
                added |= BatchHeader.NAMED_INSTANCES;
            }
        }
        return added;
    }

    private void writeBody(EventBatch batch, int added) {
        out.unsigned(batch.arenaLength);
        out.copy(batch.arena, 0, batch.arenaLength);
        out.unsigned(batch.originCount);
        for (int i = 0; i < batch.originCount; i++) {
            EntryOrigin origin = batch.origins[i];
            out.text(BatchHeader.utf8(origin.tenant()));
            out.text(BatchHeader.utf8(origin.service()));
            out.text(BatchHeader.utf8(origin.connector()));
            out.text(BatchHeader.utf8(origin.peerAddress()));
            out.signed(origin.peerPort());
            out.text(BatchHeader.utf8(origin.localAddress()));
            out.signed(origin.localPort());
            out.text(BatchHeader.utf8(origin.path()));
            if ((added & BatchHeader.LONG_ORIGINS) != 0) {
                out.text(BatchHeader.utf8(origin.relayAddress()));
                out.signed(origin.relayPort());
                out.text(BatchHeader.utf8(origin.subject()));
            }
            if ((added & BatchHeader.NAMED_INSTANCES) != 0) {
                out.text(BatchHeader.utf8(origin.instance()));
            }
        }
        writeShapes(batch);
        long idHigh = 0;
        long idLow = 0;
        long received = 0;
        long sequence = 0;
        int textEnd = 0;
        for (int i = 0; i < batch.count; i++) {
            int shape = shapeOf[i];
            int slots = batch.slotEnd[i] - batch.slotStart[i];
            // A slot is at most a key span and a value span, four numbers.
            out.ensure((EVENT_NUMBERS + slots * SLOT_NUMBERS) * WireWriter.MAXIMUM_NUMBER_BYTES);
            byte[] target = out.bytes;
            int at = out.length;
            at = WireWriter.signed(target, at, batch.idHigh[i] - idHigh);
            // The counter of an identifier sits above 42 bits that rarely change: rotated, the difference is small.
            at = WireWriter.signed(target, at, Long.rotateRight(batch.idLow[i] - idLow, 42));
            at = WireWriter.signed(target, at, batch.receivedNanos[i] - received);
            at = WireWriter.signed(target, at, batch.sequence[i] - sequence);
            idHigh = batch.idHigh[i];
            idLow = batch.idLow[i];
            received = batch.receivedNanos[i];
            sequence = batch.sequence[i];
            at = WireWriter.unsigned(target, at, batch.origin[i]);
            at = WireWriter.unsigned(target, at, batch.flags[i]);
            at = WireWriter.signed(target, at, batch.rawOffset[i] - textEnd);
            at = WireWriter.unsigned(target, at, batch.rawLength[i]);
            textEnd = batch.rawOffset[i];
            at = WireWriter.unsigned(target, at, shape);
            out.length = at;
            textEnd = writeSlots(batch, i, textEnd);
        }
    }

    private void writeShapes(EventBatch batch) {
        shapes.clear();
        if (shapeOf.length < batch.count) {
            shapeOf = new int[batch.slotStart.length];
        }
        for (int i = 0; i < batch.count; i++) {
            shapeOf[i] = shapes.of(batch.slotCode, batch.slotStart[i], batch.slotEnd[i]);
        }
        out.unsigned(shapes.count());
        for (int shape = 0; shape < shapes.count(); shape++) {
            out.unsigned(shapes.end(shape) - shapes.start(shape));
            for (int place = shapes.start(shape); place < shapes.end(shape); place++) {
                out.unsigned(shapes.code(place));
            }
        }
    }

    private int writeSlots(EventBatch batch, int event, int rawStart) {
        byte[] target = out.bytes;
        int at = out.length;
        int textEnd = rawStart;
        long receivedMillis = Math.floorDiv(batch.receivedNanos[event], 1_000_000L);
        int last = batch.slotEnd[event];
        for (int slot = batch.slotStart[event]; slot < last; slot++) {
            int form = SlotForm.of(batch.slotCode[slot]);
            long value = batch.slotValue[slot];
            if (form >= SlotForm.KEYED) {
                long key = batch.slotKey[slot];
                at = WireWriter.signed(target, at, EventBatch.spanOffset(key) - textEnd);
                at = WireWriter.unsigned(target, at, EventBatch.spanLength(key));
                textEnd = EventBatch.spanOffset(key) + EventBatch.spanLength(key);
                form -= SlotForm.KEYED;
            }
            switch (form) {
                case SlotForm.TEXT -> {
                    at = WireWriter.signed(target, at, EventBatch.spanOffset(value) - textEnd);
                    at = WireWriter.unsigned(target, at, EventBatch.spanLength(value));
                    textEnd = EventBatch.spanOffset(value) + EventBatch.spanLength(value);
                }
                case SlotForm.INTEGER -> at = WireWriter.signed(target, at, value);
                case SlotForm.TIME -> at = WireWriter.signed(target, at, value - receivedMillis);
                default -> {
                    BatchHeader.LONG.set(target, at, value);
                    at += Long.BYTES;
                }
            }
        }
        out.length = at;
        return textEnd;
    }
}
