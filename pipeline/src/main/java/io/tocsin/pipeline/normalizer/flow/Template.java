package io.tocsin.pipeline.normalizer.flow;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the records of a set are laid out. Immutable, compared by identity.
///
/// As bytes, for the memory that outlives the process: version 1, kind, number of scopes, number of fields in two
/// bytes, then for each field enterprise (eight bytes), number and length (two bytes each).
public final class Template {
    /// Length of a field whose length stands in each record (RFC 7011, section 7).
    static final int VARIABLE = 0xFFFF;
    /// Fields that a template may have.
    static final int MAXIMUM_FIELDS = 1024;

    private static final int FORMAT = 1;

    private final int id;
    private final boolean options;
    private final int scopes;
    private final InformationElement[] elements;
    private final int[] lengths;
    private final int minimumLength;
    private final boolean fixed;

    /// @param scopes how many of the first fields say what an options record is about
    Template(int id, boolean options, int scopes, List<InformationElement> elements, int[] lengths) {
        this.id = id;
        this.options = options;
        this.scopes = scopes;
        this.elements = elements.toArray(InformationElement[]::new);
        this.lengths = lengths.clone();
        int minimum = 0;
        boolean allFixed = true;
        for (int length : lengths) {
            minimum += length == VARIABLE ? 1 : length;
            allFixed &= length != VARIABLE;
        }
        this.minimumLength = minimum;
        this.fixed = allFixed;
    }

    /// Number of the template, from 256.
    public int id() {
        return id;
    }

    /// True when the records speak about the exporter, not about flows.
    public boolean options() {
        return options;
    }

    int scopes() {
        return scopes;
    }

    /// Number of fields.
    public int fields() {
        return elements.length;
    }

    public InformationElement element(int field) {
        return elements[field];
    }

    /// Bytes of a record at least.
    int minimumLength() {
        return minimumLength;
    }

    /// Where the value of a field begins, which stands at `at`: behind its length when that varies.
    public int valueStart(byte[] record, int at, int field) {
        return lengths[field] != VARIABLE ? at : (record[at] & 0xFF) < 255 ? at + 1 : at + 3;
    }

    /// Length of the value of a field that stands at `at`.
    public int valueLength(byte[] record, int at, int field) {
        if (lengths[field] != VARIABLE) {
            return lengths[field];
        }
        int one = record[at] & 0xFF;
        return one < 255 ? one : FlowBytes.unsigned16(record, at + 1);
    }

    /// Length of the record that begins at `from`, or -1 when it does not end before `to`.
    int recordLength(byte[] bytes, int from, int to) {
        if (fixed) {
            return to - from >= minimumLength ? minimumLength : -1;
        }
        int at = from;
        for (int length : lengths) {
            if (length == VARIABLE) {
                if (at >= to || ((bytes[at] & 0xFF) == 255 && at + 3 > to)) {
                    return -1;
                }
                int one = bytes[at] & 0xFF;
                at += one < 255 ? 1 + one : 3 + FlowBytes.unsigned16(bytes, at + 1);
            } else {
                at += length;
            }
            if (at > to) {
                return -1;
            }
        }
        return at - from;
    }

    /// True when both lay out records the same way.
    boolean sameLayout(Template other) {
        if (options != other.options || scopes != other.scopes || elements.length != other.elements.length) {
            return false;
        }
        for (int i = 0; i < elements.length; i++) {
            if (lengths[i] != other.lengths[i]
                    || elements[i].number() != other.elements[i].number()
                    || elements[i].enterprise() != other.elements[i].enterprise()) {
                return false;
            }
        }
        return true;
    }

    byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(6 + elements.length * 12);
        out.put((byte) FORMAT)
                .put((byte) (options ? 1 : 0))
                .putShort((short) scopes)
                .putShort((short) elements.length);
        for (int i = 0; i < elements.length; i++) {
            out.putLong(elements[i].enterprise())
                    .putShort((short) elements[i].number())
                    .putShort((short) lengths[i]);
        }
        return out.array();
    }

    /// What [#toBytes()] gave, or null when it is something else.
    static @Nullable Template of(int id, byte[] bytes, InformationElements.Declared declared) {
        if (bytes.length < 6 || bytes[0] != FORMAT) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
        boolean options = in.get() == 1;
        int scopes = in.getShort() & 0xFFFF;
        int count = in.getShort() & 0xFFFF;
        if (count == 0 || count > MAXIMUM_FIELDS || scopes > count || in.remaining() != count * 12) {
            return null;
        }
        InformationElement[] elements = new InformationElement[count];
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
            long enterprise = in.getLong();
            int number = in.getShort() & 0xFFFF;
            InformationElement known = declared.get(enterprise, number);
            elements[i] = known != null ? known : InformationElements.of(enterprise, number, false);
            lengths[i] = in.getShort() & 0xFFFF;
        }
        Template template = new Template(id, options, scopes, List.of(elements), lengths);
        return template.minimumLength == 0 ? null : template;
    }
}
