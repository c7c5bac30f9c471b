package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Identifiers of alerts and checkpoints contain these hashes: they must never change.
class Hash128Test {
    private static void assertHash(Hash128 hash, long high, long low) {
        assertThat(hash.high()).isEqualTo(high);
        assertThat(hash.low()).isEqualTo(low);
    }

    @Test
    void staysTheSameAcrossVersions() {
        Hash128 hash = new Hash128();
        assertHash(hash, 0x93b4070363a85440L, 0x211687b8211d8537L);
        assertHash(hash.add("ab").add("c"), 0xa2d44d651bd890e3L, 0xc5b0cc330e98c4adL);
        assertHash(hash.reset().add("a").add("bc"), 0x8d49e3ccf946aef6L, 0x4a536c1d626232c8L);
        assertHash(hash.reset().add("").add(7L), 0x685b1058ac2da0a0L, 0x48e0c348af7b6135L);
        assertHash(hash.reset().addAbsent(), 0xdeb7775b588ca090L, 0xb74209b80c51bba4L);
        assertHash(hash.reset().add("0123456789abcdef-\u00e4"), 0x478d272be7893c05L, 0x0ffeaa9f1be551e6L);
        byte[] bytes = new byte[40];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 37);
        }
        assertHash(hash.reset().add(bytes, 3, 29), 0xac2818e29e7dec6dL, 0xc3075f71191cc2a2L);
    }
}
