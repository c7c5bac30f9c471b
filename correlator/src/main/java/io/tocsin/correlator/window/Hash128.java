package io.tocsin.correlator.window;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A running 128-bit hash of values: add values in order, then read [#high()] and [#low()]. The length of
/// each value takes part, so (`ab`, `c`) and (`a`, `bc`) differ. Not a cryptographic hash: it names keys, it
/// proves nothing.
///
/// The result is stable across versions: identifiers of alerts and checkpoints contain it.
///
/// Thread-safety: one thread.
public final class Hash128 {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long K1 = 0x9E37_79B9_7F4A_7C15L;
    private static final long K2 = 0xC2B2_AE3D_27D4_EB4FL;
    private static final long K3 = 0x1656_67B1_9E37_79F9L;

    private long first;
    private long second;

    public Hash128() {
        reset();
    }

    public Hash128 reset() {
        first = K1;
        second = K2;
        return this;
    }

    public Hash128 add(byte[] bytes, int offset, int length) {
        long a = first;
        long b = second;
        int at = offset;
        int left = length;
        while (left >= 8) {
            long word = (long) LONG.get(bytes, at);
            a = mix(a ^ word, K2);
            b = mix(b + word, K3);
            at += 8;
            left -= 8;
        }
        long tail = 0;
        for (int i = 0; i < left; i++) {
            tail |= (bytes[at + i] & 0xFFL) << (8 * i);
        }
        first = mix(a ^ tail, K1 + length);
        second = mix(b + tail, K2 ^ length);
        return this;
    }

    public Hash128 add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return add(bytes, 0, bytes.length);
    }

    public Hash128 add(long value) {
        first = mix(first ^ value, K3);
        second = mix(second + value, K1);
        return this;
    }

    /// Marks a value that is absent, which is not the same as an empty one.
    public Hash128 addAbsent() {
        return add(0x5555_AAAA_5555_AAAAL);
    }

    public long high() {
        return finish(first ^ Long.rotateLeft(second, 23));
    }

    public long low() {
        return finish(second + Long.rotateLeft(first, 41) * K3);
    }

    private static long mix(long value, long factor) {
        long product = value * (factor | 1);
        return Long.rotateLeft(product ^ (product >>> 29), 27) * K1 + K3;
    }

    private static long finish(long value) {
        long mixed = (value ^ (value >>> 33)) * 0xFF51_AFD7_ED55_8CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CE_B9FE_1A85_EC53L;
        return mixed ^ (mixed >>> 33);
    }
}
