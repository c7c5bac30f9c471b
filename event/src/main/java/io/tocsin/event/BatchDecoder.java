package io.tocsin.event;

import java.util.Arrays;

/// Decodes batches of format v1 that may be hostile: every length, span and code is checked before it is used,
/// memory is bounded by [BatchHeader#MAXIMUM_BYTES].
///
/// Thread-safety: one thread; buffers are reused.
public final class BatchDecoder {
    private byte[] plain = new byte[1 << 16];
    private short[] shapeCodes = new short[256];
    /// Where each shape ends in `shapeCodes`; the first entry is 0.
    private int[] shapeEnds = new int[16];
    private int shapeCount;

    /// Decodes the batch that begins at `offset` into `into`, which is cleared first; the ledger entries go into
    /// its ledger.
    ///
    /// @throws BatchFormatException when the batch is damaged; `into` is then empty
    public BatchHeader decode(byte[] source, int offset, int available, EventBatch into) {
        into.clear();
        return append(source, offset, available, into);
    }

    /// Decodes the batch that begins at `offset` behind what `into` holds already, as one that many small batches go
    /// into.
    ///
    /// @throws BatchFormatException when the batch is damaged; the events of `into` are then those of before
    public BatchHeader append(byte[] source, int offset, int available, EventBatch into) {
        BatchHeader header = BatchHeader.read(source, offset, available);
        int count = into.count;
        int slotCount = into.slotCount;
        int arenaLength = into.arenaLength;
        int originCount = into.originCount;
        boolean done = false;
        try {
            decodeBody(source, offset, header, into);
            for (BatchLedger.Entry entry : header.ledger()) {
                into.ledger().add(entry);
            }
            done = true;
        } finally {
            if (!done) {
                into.cutTo(count, slotCount, arenaLength, originCount);
            }
        }
        return header;
    }

    private void decodeBody(byte[] source, int offset, BatchHeader header, EventBatch into) {
        int bodyChecksum = (int) BatchHeader.INT.get(source, offset + BatchHeader.AT_BODY_CHECKSUM);
        if (BatchHeader.checksum(source, header.bodyOffset(), header.bodyLength()) != bodyChecksum) {
            throw new BatchFormatException("checksum of the batch body does not match");
        }
        WireReader reader;
        boolean longOrigins = (header.codec() & BatchHeader.LONG_ORIGINS) != 0;
        boolean namedInstances = (header.codec() & BatchHeader.NAMED_INSTANCES) != 0;
        switch (header.codec() & ~BatchHeader.ADDED) {
            case BatchHeader.CODEC_PLAIN ->
                reader = new WireReader(source, header.bodyOffset(), header.bodyOffset() + header.bodyLength());
            case BatchHeader.CODEC_LZ4 -> {
                if (plain.length < header.plainLength()) {
                    plain = new byte[header.plainLength()];
                }
                if (!Lz4Block.decompress(
                        source, header.bodyOffset(), header.bodyLength(), plain, 0, header.plainLength())) {
                    throw new BatchFormatException("batch body is damaged: it does not decompress");
                }
                reader = new WireReader(plain, 0, header.plainLength());
            }
            default -> throw new BatchFormatException("batch body has an unknown codec [codec=" + header.codec() + "]");
        }
        int arenaLength = reader.size(reader.remaining());
        int base = into.arenaLength;
        into.reserve(arenaLength);
        reader.copy(into.arena, base, arenaLength);
        into.arenaLength = base + arenaLength;
        int origins = reader.size(reader.remaining());
        int[] originIndex = new int[origins];
        for (int i = 0; i < origins; i++) {
            EntryOrigin origin = new EntryOrigin(
                    reader.text(),
                    reader.text(),
                    reader.text(),
                    reader.text(),
                    (int) reader.signed(),
                    reader.text(),
                    (int) reader.signed(),
                    reader.text());
            if (longOrigins) {
                origin = origin.through(reader.text(), (int) reader.signed(), reader.text());
            }
            if (namedInstances) {
                origin = origin.in(reader.text());
            }
            originIndex[i] = into.internOrigin(origin);
        }
        readShapes(reader);
        decodeEvents(reader, header.count(), originIndex, base, arenaLength, into);
        if (reader.remaining() != 0) {
            throw new BatchFormatException(
                    "batch body has bytes after its last event [bytes=" + reader.remaining() + "]");
        }
    }

    private void readShapes(WireReader reader) {
        shapeCount = reader.size(reader.remaining());
        if (shapeEnds.length <= shapeCount) {
            shapeEnds = new int[shapeCount + 1];
        }
        int end = 0;
        for (int shape = 0; shape < shapeCount; shape++) {
            int length = reader.size(reader.remaining());
            if (end + length > shapeCodes.length) {
                shapeCodes = Arrays.copyOf(shapeCodes, Math.max(end + length, shapeCodes.length * 2));
            }
            for (int i = 0; i < length; i++) {
                long code = reader.unsigned();
                SlotForm.ofReceived(code);
                shapeCodes[end++] = (short) code;
            }
            shapeEnds[shape + 1] = end;
        }
    }

    private void decodeEvents(
            WireReader reader, int count, int[] originIndex, int base, int arenaLength, EventBatch into) {
        long idHigh = 0;
        long idLow = 0;
        long received = 0;
        long sequence = 0;
        int textEnd = 0;
        int first = into.count;
        for (int i = first; i < first + count; i++) {
            into.ensureEvent();
            idHigh += reader.signed();
            idLow += Long.rotateLeft(reader.signed(), 42);
            received += reader.signed();
            sequence += reader.signed();
            into.idHigh[i] = idHigh;
            into.idLow[i] = idLow;
            into.receivedNanos[i] = received;
            into.sequence[i] = sequence;
            int origin = reader.size(Integer.MAX_VALUE);
            if (origin >= originIndex.length) {
                throw new BatchFormatException("event names an unknown origin [origin=" + origin + "]");
            }
            into.origin[i] = originIndex[origin];
            into.flags[i] = (byte) reader.unsigned();
            long raw = span(reader, textEnd, arenaLength);
            into.rawOffset[i] = base + EventBatch.spanOffset(raw);
            into.rawLength[i] = EventBatch.spanLength(raw);
            int shape = reader.size(Integer.MAX_VALUE);
            if (shape >= shapeCount) {
                throw new BatchFormatException("event names an unknown shape [shape=" + shape + "]");
            }
            into.slotStart[i] = into.slotCount;
            textEnd = slots(
                    reader,
                    shape,
                    EventBatch.spanOffset(raw),
                    Math.floorDiv(received, 1_000_000L),
                    base,
                    arenaLength,
                    into);
            into.slotEnd[i] = into.slotCount;
            into.count = i + 1;
        }
    }

    private int slots(
            WireReader reader,
            int shape,
            int rawStart,
            long receivedMillis,
            int base,
            int arenaLength,
            EventBatch into) {
        int textEnd = rawStart;
        int last = shapeEnds[shape + 1];
        for (int place = shapeEnds[shape]; place < last; place++) {
            int code = shapeCodes[place];
            int form = SlotForm.of(code);
            long key = 0;
            if (form >= SlotForm.KEYED) {
                key = span(reader, textEnd, arenaLength);
                textEnd = EventBatch.spanOffset(key) + EventBatch.spanLength(key);
                key = moved(key, base);
                form -= SlotForm.KEYED;
            }
            long value;
            switch (form) {
                case SlotForm.TEXT -> {
                    value = span(reader, textEnd, arenaLength);
                    textEnd = EventBatch.spanOffset(value) + EventBatch.spanLength(value);
                    value = moved(value, base);
                }
                case SlotForm.INTEGER -> value = reader.signed();
                case SlotForm.TIME -> value = receivedMillis + reader.signed();
                default -> value = reader.bits();
            }
            into.addSlot(code, value, key);
        }
        return textEnd;
    }

    private static long moved(long span, int base) {
        return EventBatch.span(base + EventBatch.spanOffset(span), EventBatch.spanLength(span));
    }

    private static long span(WireReader reader, int textEnd, int arenaLength) {
        long offset = textEnd + reader.signed();
        long length = reader.unsigned();
        if (offset < 0 || length < 0 || offset > arenaLength || length > arenaLength - offset) {
            throw new BatchFormatException("text lies outside the arena [offset=" + offset + ", length=" + length
                    + ", arena=" + arenaLength + "]");
        }
        return EventBatch.span((int) offset, (int) length);
    }
}
