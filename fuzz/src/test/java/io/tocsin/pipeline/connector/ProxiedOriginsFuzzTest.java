package io.tocsin.pipeline.connector;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.proxy.TrustedProxies;
import java.util.List;

/// Datagrams with PROXY headers, two of them in one input: what is remembered of the first never
/// changes what the second says. The first byte of an input says where it is cut in two.
final class ProxiedOriginsFuzzTest {
    private static final EntryOrigin PROXY =
            new EntryOrigin("", "edge", "udp", "10.1.0.5", 40_000, "10.1.0.9", 514, "");
    private static final EntryOrigin STRANGER =
            new EntryOrigin("", "edge", "udp", "10.2.0.5", 40_000, "10.1.0.9", 514, "");

    @FuzzTest
    void datagrams(byte[] input) {
        if (input.length < 1) {
            return;
        }
        int cut = 1 + (input[0] & 0xff) * (input.length - 1) / 255;
        ProxiedOrigins both = new ProxiedOrigins(TrustedProxies.of(List.of("10.1.0.0/24")));
        String first = read(both, PROXY, input, 1, cut - 1);
        assertThat(read(both, PROXY, input, 1, cut - 1)).isEqualTo(first);
        String second = read(both, PROXY, input, cut, input.length - cut);
        assertThat(read(fresh(), PROXY, input, cut, input.length - cut)).isEqualTo(second);
        assertThat(read(both, PROXY, input, 1, cut - 1)).isEqualTo(first);
        assertThat(both.read(STRANGER, input, 1, cut - 1)).isEqualTo(ProxiedOrigins.REFUSED);
    }

    private static ProxiedOrigins fresh() {
        return new ProxiedOrigins(TrustedProxies.of(List.of("10.1.0.0/24")));
    }

    private static String read(ProxiedOrigins origins, EntryOrigin direct, byte[] input, int offset, int length) {
        int header = origins.read(direct, input, offset, length);
        if (header == ProxiedOrigins.REFUSED) {
            return "refused";
        }
        assertThat(header).isBetween(1, length);
        return header + " " + origins.origin();
    }
}
