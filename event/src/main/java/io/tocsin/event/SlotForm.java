package io.tocsin.event;

/// How the value of a slot stands in the batch format, by the code of its field: a small number for a switch in the
/// inner loops of encoder and decoder.
final class SlotForm {
    /// A span of the arena.
    static final int TEXT = 0;
    /// A signed number.
    static final int INTEGER = 1;
    /// Milliseconds, as difference to the reception time.
    static final int TIME = 2;
    /// Eight bytes.
    static final int FRACTION = 3;
    /// Added when the span of a key stands before the value.
    static final int KEYED = 4;

    private static final byte UNKNOWN = -1;
    private static final byte[] FORMS = new byte[Fields.CODE_LIMIT];

    static {
        for (int code = 0; code < FORMS.length; code++) {
            DynamicKind dynamic = DynamicKind.ofCode(code);
            FORMS[code] = dynamic == null ? UNKNOWN : (byte) (KEYED + plain(dynamic.elementType()));
        }
        for (Field field : Field.values()) {
            FORMS[field.code()] = (byte) plain(field.type());
        }
    }

    private SlotForm() {}

    private static int plain(FieldType type) {
        return switch (type) {
            case STRING, STRING_ARRAY -> TEXT;
            case INTEGER -> INTEGER;
            case TIMESTAMP -> TIME;
            case FLOAT -> FRACTION;
        };
    }

    /// Form of a code that a batch in memory holds.
    static int of(int code) {
        return FORMS[code];
    }

    /// Form of a code that was received.
    ///
    /// @throws BatchFormatException when this release does not know the code
    static int ofReceived(long code) {
        int form = code >= 0 && code < FORMS.length ? FORMS[(int) code] : UNKNOWN;
        if (form < 0) {
            throw new BatchFormatException("event has a field that this release does not know [code=" + code
                    + "]: upgrade the receiver first");
        }
        return form;
    }
}
