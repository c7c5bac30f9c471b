package io.tocsin.pipeline.aggregate;

import io.tocsin.event.FieldType;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One value of a field, apart from its event. Immutable.
sealed interface FoldedValue {
    /// A text.
    @SuppressWarnings("ArrayRecordComponent") // written once; equality is defined below
    record Text(byte[] bytes) implements FoldedValue {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Text text && Arrays.equals(bytes, text.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /// A number.
    ///
    /// @param bits the number, or the raw bits of a fraction
    record Bits(long bits, FieldType type) implements FoldedValue {}

    /// The value as text.
    default byte[] text() {
        return switch (this) {
            case Text text -> text.bytes;
            case Bits number ->
                Aggregator.utf8(
                        number.type == FieldType.FLOAT
                                ? Double.toString(Double.longBitsToDouble(number.bits))
                                : Long.toString(number.bits));
        };
    }

    /// Memory it takes, roughly.
    default int bytesHeld() {
        return switch (this) {
            case Text text -> text.bytes.length + 32;
            case Bits ignored -> 24;
        };
    }

    /// The sum of two numbers; whole ones stop at the ends of their range.
    static Bits add(Bits left, Bits right) {
        if (left.type == FieldType.FLOAT) {
            double sum = Double.longBitsToDouble(left.bits) + Double.longBitsToDouble(right.bits);
            return new Bits(Double.doubleToRawLongBits(sum), left.type);
        }
        long sum = left.bits + right.bits;
        if (((left.bits ^ sum) & (right.bits ^ sum)) < 0) {
            sum = left.bits < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return new Bits(sum, left.type);
    }

    default void write(DataOutput out) throws IOException {
        switch (this) {
            case Text text -> {
                out.writeByte(-1);
                out.writeInt(text.bytes.length);
                out.write(text.bytes);
            }
            case Bits number -> {
                out.writeByte(number.type.ordinal());
                out.writeLong(number.bits);
            }
        }
    }

    static FoldedValue read(DataInput in) throws IOException {
        int type = in.readByte();
        if (type < 0) {
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            return new Text(bytes);
        }
        return new Bits(in.readLong(), FieldType.values()[type]);
    }
}
