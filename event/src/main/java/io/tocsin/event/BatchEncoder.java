package io.tocsin.event;

import java.util.List;

/// Encodes a batch and its ledger in the batch format v1: the one binary form for the durable log, delivery between
/// services and queues. Layout: `docs/specs/batch-format.md`.
///
/// Thread-safety: one thread; the buffer is reused by the next call.
public final class BatchEncoder {
    private final WireWriter meta = new WireWriter(1 << 10);
    private final WireWriter body = new WireWriter(1 << 16);
    private final Lz4Block compressor = new Lz4Block();
    private byte[] buffer = new byte[1 << 16];

    /// Encodes and returns the length; the bytes are at the start of [#buffer()]. Producer, epoch and sequence are
    /// zero until [BatchHeader#stamp].
    ///
    /// @param route name of the service that made the batch
    /// @throws BatchFormatException when the batch is larger than [BatchHeader#MAXIMUM_BYTES]
    public int encode(EventBatch batch, String route) {
        meta.length = 0;
        meta.text(BatchHeader.utf8(route));
        List<BatchLedger.Entry> entries = batch.ledger().entries();
        meta.unsigned(entries.size());
        for (BatchLedger.Entry entry : entries) {
            meta.signed(entry.minute());
            meta.text(BatchHeader.utf8(entry.service()));
            meta.text(BatchHeader.utf8(entry.source()));
            meta.unsigned(entry.counter().code());
            meta.text(BatchHeader.utf8(entry.reason()));
            meta.unsigned(entry.value());
        }
        writeBody(batch);
        if (body.length > BatchHeader.MAXIMUM_BYTES) {
            throw new BatchFormatException("batch is too large [bytes=" + body.length + ", limit="
                    + BatchHeader.MAXIMUM_BYTES + "]: seal batches earlier");
        }
        int front = BatchHeader.LENGTH + meta.length;
        int most = front + Lz4Block.maximumCompressedLength(body.length);
        if (buffer.length < most) {
            buffer = new byte[Math.max(most, Math.min(buffer.length * 2, BatchHeader.MAXIMUM_BYTES))];
        }
        int compressed = compressor.compress(body.bytes, 0, body.length, buffer, front);
        int codec = BatchHeader.CODEC_LZ4;
        if (compressed >= body.length) {
            System.arraycopy(body.bytes, 0, buffer, front, body.length);
            compressed = body.length;
            codec = BatchHeader.CODEC_PLAIN;
        }
        System.arraycopy(meta.bytes, 0, buffer, BatchHeader.LENGTH, meta.length);
        BatchHeader.LONG.set(buffer, 0, 0L);
        BatchHeader.INT.set(buffer, 0, BatchHeader.MAGIC);
        buffer[BatchHeader.AT_VERSION] = BatchHeader.VERSION;
        buffer[BatchHeader.AT_CODEC] = (byte) codec;
        BatchHeader.INT.set(buffer, BatchHeader.AT_COUNT, batch.count);
        BatchHeader.INT.set(buffer, BatchHeader.AT_META_LENGTH, meta.length);
        BatchHeader.INT.set(buffer, BatchHeader.AT_BODY_LENGTH, compressed);
        BatchHeader.INT.set(buffer, BatchHeader.AT_PLAIN_LENGTH, body.length);
        BatchHeader.INT.set(buffer, BatchHeader.AT_BODY_CHECKSUM, BatchHeader.checksum(buffer, front, compressed));
        BatchHeader.INT.set(
                buffer, BatchHeader.AT_META_CHECKSUM, BatchHeader.checksum(buffer, BatchHeader.LENGTH, meta.length));
        BatchHeader.stamp(buffer, 0, 0, 0, 0);
        return front + compressed;
    }

    /// Where [#encode] put its result; valid until the next call.
    public byte[] buffer() {
        return buffer;
    }

    private void writeBody(EventBatch batch) {
        WireWriter out = body;
        out.length = 0;
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
        }
        long idHigh = 0;
        long idLow = 0;
        long received = 0;
        long sequence = 0;
        int textEnd = 0;
        for (int i = 0; i < batch.count; i++) {
            out.signed(batch.idHigh[i] - idHigh);
            // The counter of an identifier sits above 42 bits that rarely change: rotated, the difference is small.
            out.signed(Long.rotateRight(batch.idLow[i] - idLow, 42));
            out.signed(batch.receivedNanos[i] - received);
            out.signed(batch.sequence[i] - sequence);
            idHigh = batch.idHigh[i];
            idLow = batch.idLow[i];
            received = batch.receivedNanos[i];
            sequence = batch.sequence[i];
            out.unsigned(batch.origin[i]);
            out.unsigned(batch.flags[i]);
            out.signed(batch.rawOffset[i] - textEnd);
            out.unsigned(batch.rawLength[i]);
            textEnd = batch.rawOffset[i];
            int first = batch.slotStart[i];
            int last = batch.slotEnd[i];
            out.unsigned(last - first);
            for (int slot = first; slot < last; slot++) {
                textEnd = writeSlot(batch, slot, textEnd);
            }
        }
    }

    private int writeSlot(EventBatch batch, int slot, int textEnd) {
        WireWriter out = body;
        int code = batch.slotCode[slot];
        long value = batch.slotValue[slot];
        out.unsigned(code);
        FieldType type;
        DynamicKind dynamic = DynamicKind.ofCode(code);
        if (dynamic != null) {
            textEnd = writeSpan(batch.slotKey[slot], textEnd);
            type = dynamic.elementType();
        } else {
            type = BatchDecoder.typeOf(code);
        }
        switch (type) {
            case STRING, STRING_ARRAY -> textEnd = writeSpan(value, textEnd);
            case INTEGER, TIMESTAMP -> out.signed(value);
            case FLOAT -> out.bits(value);
        }
        return textEnd;
    }

    private int writeSpan(long span, int textEnd) {
        int offset = EventBatch.spanOffset(span);
        int length = EventBatch.spanLength(span);
        body.signed(offset - textEnd);
        body.unsigned(length);
        return offset + length;
    }
}
