package io.tocsin.pipeline.kafka;

import io.tocsin.pipeline.tls.ClientTlsContext;
import java.security.KeyStore;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.security.auth.SslEngineFactory;
import org.jspecify.annotations.Nullable;

/// Gives the client library the TLS that the rest of Tocsin speaks: same files, same checks, same messages, files
/// read again when they change. Made by the library, by name.
///
/// Thread-safety: as the library demands, one thread configures, then any thread.
public final class BrokerTls implements SslEngineFactory {
    /// Under which the [ClientTlsContext] stands among the properties.
    static final String CONTEXT = "tocsin.tls";

    private @Nullable ClientTlsContext context;

    @Override
    public void configure(Map<String, ?> configs) {
        context = (ClientTlsContext) configs.get(CONTEXT);
    }

    @Override
    public SSLEngine createClientSslEngine(String peerHost, int peerPort, String endpointIdentification) {
        return Objects.requireNonNull(context).engine(peerHost, peerPort);
    }

    @Override
    public SSLEngine createServerSslEngine(String peerHost, int peerPort) {
        throw new UnsupportedOperationException("only connections to brokers are made");
    }

    @Override
    public boolean shouldBeRebuilt(Map<String, Object> nextConfigs) {
        return false;
    }

    @Override
    public Set<String> reconfigurableConfigs() {
        return Set.of();
    }

    @Override
    public @Nullable KeyStore keystore() {
        return null;
    }

    @Override
    public @Nullable KeyStore truststore() {
        return null;
    }

    @Override
    public void close() {}
}
