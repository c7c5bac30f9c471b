package io.tocsin.event;

/// Decodes batches of format v1 that may be hostile: every length, span and code is checked before it is used,
/// memory is bounded by [BatchHeader#MAXIMUM_BYTES].
///
/// Thread-safety: one thread; buffers are reused.
public final class BatchDecoder {
    private static final FieldType[] TYPES = new FieldType[Fields.CODE_LIMIT];

    static {
        for (Field field : Field.values()) {
            TYPES[field.code()] = field.type();
        }
    }

    private byte[] plain = new byte[1 << 16];

    /// Decodes the batch that begins at `offset` into `into`, which is cleared first; the ledger entries go into
    /// its ledger.
    ///
    /// @throws BatchFormatException when the batch is damaged; `into` is then empty
    public BatchHeader decode(byte[] source, int offset, int available, EventBatch into) {
        BatchHeader header = BatchHeader.read(source, offset, available);
        into.clear();
        boolean done = false;
        try {
            decodeBody(source, offset, header, into);
            for (BatchLedger.Entry entry : header.ledger()) {
                into.ledger()
                        .add(
                                entry.minute(),
                                entry.service(),
                                entry.source(),
                                entry.counter(),
                                entry.reason(),
                                entry.value());
            }
            done = true;
        } finally {
            if (!done) {
                into.clear();
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
        switch (header.codec()) {
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
        into.reserve(arenaLength);
        reader.copy(into.arena, 0, arenaLength);
        into.arenaLength = arenaLength;
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
            originIndex[i] = into.internOrigin(origin);
        }
        decodeEvents(reader, header.count(), originIndex, arenaLength, into);
        if (reader.remaining() != 0) {
            throw new BatchFormatException(
                    "batch body has bytes after its last event [bytes=" + reader.remaining() + "]");
        }
    }

    private static void decodeEvents(
            WireReader reader, int count, int[] originIndex, int arenaLength, EventBatch into) {
        long idHigh = 0;
        long idLow = 0;
        long received = 0;
        long sequence = 0;
        int textEnd = 0;
        for (int i = 0; i < count; i++) {
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
            into.rawOffset[i] = EventBatch.spanOffset(raw);
            into.rawLength[i] = EventBatch.spanLength(raw);
            textEnd = EventBatch.spanOffset(raw);
            into.slotStart[i] = into.slotCount;
            int slots = reader.size(reader.remaining());
            for (int slot = 0; slot < slots; slot++) {
                textEnd = slot(reader, textEnd, arenaLength, into);
            }
            into.slotEnd[i] = into.slotCount;
            into.count = i + 1;
        }
    }

    private static int slot(WireReader reader, int textEnd, int arenaLength, EventBatch into) {
        int code = reader.size(Integer.MAX_VALUE);
        long key = 0;
        FieldType type;
        DynamicKind dynamic = DynamicKind.ofCode(code);
        if (dynamic != null) {
            key = span(reader, textEnd, arenaLength);
            textEnd = EventBatch.spanOffset(key) + EventBatch.spanLength(key);
            type = dynamic.elementType();
        } else {
            type = typeOf(code);
        }
        long value;
        switch (type) {
            case STRING, STRING_ARRAY -> {
                value = span(reader, textEnd, arenaLength);
                textEnd = EventBatch.spanOffset(value) + EventBatch.spanLength(value);
            }
            case INTEGER, TIMESTAMP -> value = reader.signed();
            case FLOAT -> value = reader.bits();
            default -> throw new IllegalStateException(type.name());
        }
        into.addSlot(code, value, key);
        return textEnd;
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

    /// Type of a fixed field.
    ///
    /// @throws BatchFormatException when this release does not know the code
    static FieldType typeOf(int code) {
        FieldType type = code >= 0 && code < TYPES.length ? TYPES[code] : null;
        if (type == null) {
            throw new BatchFormatException("event has a field that this release does not know [code=" + code
                    + "]: upgrade the receiver first");
        }
        return type;
    }
}
