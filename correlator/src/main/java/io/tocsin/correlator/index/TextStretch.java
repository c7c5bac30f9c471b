package io.tocsin.correlator.index;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;

/// The stretch of the arena in which all texts of an event lie that came from the source. One scan of it says of
/// nearly all events that no text which rules look for anywhere is in them, at a fraction of what dozens of scans of
/// short values cost.
///
/// Thread-safety: one thread.
final class TextStretch {
    private static final byte NO_TEXT = 0;
    private static final byte TEXT = 1;
    /// What stands in an array by the code of slots.
    private static final byte[] KINDS = new byte[Fields.CODE_LIMIT];

    static {
        for (int code = 0; code < KINDS.length; code++) {
            Field field = Fields.byCode(code);
            DynamicKind kind = DynamicKind.ofCode(code);
            if (field != null) {
                KINDS[code] = field.group() != FieldGroup.SERVICE && isText(field.type()) ? TEXT : NO_TEXT;
            } else if (kind != null) {
                KINDS[code] = isText(kind.elementType()) ? TEXT : NO_TEXT;
            }
        }
    }

    /// What lies between the texts may be as long as they are, and so much longer.
    private static final int SLACK = 512;

    private int start;
    private int end;

    private static boolean isText(FieldType type) {
        return type == FieldType.STRING || type == FieldType.STRING_ARRAY;
    }

    /// Looks for the stretch of an event.
    ///
    /// @return false when scanning it would be of no use, because it is much longer than the texts
    boolean find(Event event) {
        int first = Integer.MAX_VALUE;
        int last = 0;
        int bytes = 0;
        if (event.index() < event.batch().count() && event.hasFlag(EventBatch.FLAG_KEEP_RAW)) {
            first = event.rawOffset();
            bytes = event.rawLength();
            last = first + bytes;
        }
        for (int slot = event.start(); slot < event.end(); slot++) {
            if (KINDS[event.slotCode(slot)] == TEXT) {
                long span = event.slotValue(slot);
                int offset = EventBatch.spanOffset(span);
                int length = EventBatch.spanLength(span);
                first = Math.min(first, offset);
                last = Math.max(last, offset + length);
                bytes += length;
            }
        }
        start = Math.min(first, last);
        end = last;
        return end - start <= 2L * bytes + SLACK;
    }

    /// First place of the stretch in the arena.
    int start() {
        return start;
    }

    int length() {
        return end - start;
    }
}
