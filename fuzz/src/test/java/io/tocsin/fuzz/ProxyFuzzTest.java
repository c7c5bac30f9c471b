package io.tocsin.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.pipeline.connector.proxy.ProxyException;
import io.tocsin.pipeline.connector.proxy.ProxyHeader;
import io.tocsin.pipeline.connector.proxy.ProxyReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/// Headers of the PROXY protocol, at the beginning of connections and of datagrams.
final class ProxyFuzzTest {
    @FuzzTest
    void connection(byte[] input) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(input);
        try {
            ProxyHeader header = ProxyReader.read(in);
            assertThat(input.length - in.available()).isEqualTo(header == null ? 0 : header.length());
        } catch (ProxyException e) {
            assertThat(e).hasMessageContaining("PROXY");
        }
    }

    @FuzzTest
    void datagram(byte[] input) {
        try {
            assertThat(ProxyHeader.ofDatagram(input, 0, input.length).length()).isBetween(15, input.length);
        } catch (ProxyException e) {
            assertThat(e).hasMessageContaining("PROXY");
        }
    }
}
