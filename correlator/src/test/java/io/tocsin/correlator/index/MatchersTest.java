package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Network;
import io.tocsin.correlator.rule.Wildcards;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MatchersTest {
    private static boolean in(String network, String address) {
        Network parsed = Network.parse(network);
        byte[] bytes = address.getBytes(StandardCharsets.UTF_8);
        return parsed != null && parsed.contains(bytes, 0, bytes.length, new byte[16]);
    }

    @Test
    void knowsWhichAddressesAreInANetwork() {
        assertThat(in("10.0.0.0/8", "10.255.0.1")).isTrue();
        assertThat(in("10.0.0.0/8", "11.0.0.1")).isFalse();
        assertThat(in("192.168.1.128/25", "192.168.1.200")).isTrue();
        assertThat(in("192.168.1.128/25", "192.168.1.100")).isFalse();
        assertThat(in("10.0.0.0/8", "::ffff:10.1.2.3")).isTrue();
        assertThat(in("fe80::/10", "fe80::1%eth0")).isTrue();
        assertThat(in("2001:db8::/32", "2001:db8:1::5")).isTrue();
        assertThat(in("2001:db8::/32", "2001:db9::5")).isFalse();
        assertThat(in("::1/128", "::1")).isTrue();
        assertThat(in("0.0.0.0/0", "not an address")).isFalse();
        assertThat(in("0.0.0.0/0", "1.2.3")).isFalse();
        assertThat(in("::/0", ":::")).isFalse();
        assertThat(Network.parse("10.0.0.0/33")).isNull();
        assertThat(Network.parse("host")).isNull();
    }

    @Test
    void survivesAnyBytesAsAddress() {
        Random random = new Random(7);
        byte[] alphabet = "0123456789abcdef:.%/x".getBytes(StandardCharsets.US_ASCII);
        Network network = Network.parse("::/0");
        assertThat(network).isNotNull();
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextInt(48)];
            for (int k = 0; k < bytes.length; k++) {
                bytes[k] = alphabet[random.nextInt(alphabet.length)];
            }
            if (network != null) {
                network.contains(bytes, 0, bytes.length, new byte[16]);
            }
        }
    }

    @Test
    void readsSigmaEscapes() {
        assertThat(Wildcards.parse("a\\*b").pieces()).containsExactly("a*b");
        assertThat(Wildcards.parse("a\\\\*b").pieces()).containsExactly("a\\", "b");
        assertThat(Wildcards.parse("c:\\windows").pieces()).containsExactly("c:\\windows");
        assertThat(Wildcards.parse("\\\\\\\\server").pieces()).containsExactly("\\\\server");
        assertThat(Wildcards.parse("\\?x?").hasSingle()).isTrue();
        assertThat(Wildcards.parse("*a*").pieces()).containsExactly("", "a", "");
    }

    @Test
    void matchesWildcardsAsARegularExpressionWould() {
        Random random = new Random(11);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder pattern = new StringBuilder();
            StringBuilder regex = new StringBuilder("(?s)");
            for (int k = random.nextInt(6); k > 0; k--) {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        pattern.append('*');
                        regex.append(".*");
                    }
                    case 1 -> {
                        pattern.append('?');
                        regex.append('.');
                    }
                    default -> {
                        String text = random.nextBoolean() ? "a" : "ä";
                        pattern.append(text);
                        regex.append(text);
                    }
                }
            }
            StringBuilder value = new StringBuilder();
            for (int k = random.nextInt(7); k > 0; k--) {
                value.append(random.nextInt(3) == 0 ? 'ä' : 'a');
            }
            byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_8);
            assertThat(Wildcards.parse(pattern.toString()).matches(bytes, 0, bytes.length))
                    .as("%s on %s", pattern, value)
                    .isEqualTo(Pattern.matches(regex.toString(), value));
        }
    }
}
