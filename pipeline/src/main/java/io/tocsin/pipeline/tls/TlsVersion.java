package io.tocsin.pipeline.tls;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// The oldest version of TLS that is spoken; nothing older than 1.2 ever is.
public enum TlsVersion {
    /// RFC 5246, with the suites that RFC 9662 leaves: ephemeral keys and authenticated encryption only.
    TLS_1_2,
    /// RFC 8446.
    TLS_1_3;

    /// Versions and suites of a connection.
    SSLParameters parameters(SSLContext context) {
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(this == TLS_1_3 ? new String[] {"TLSv1.3"} : new String[] {"TLSv1.3", "TLSv1.2"});
        parameters.setCipherSuites(Arrays.stream(parameters.getCipherSuites())
                .filter(TlsVersion::isModern)
                .toArray(String[]::new));
        return parameters;
    }

    private static boolean isModern(String suite) {
        boolean authenticated = suite.contains("_GCM_") || suite.contains("_CHACHA20_");
        return authenticated && (suite.startsWith("TLS_ECDHE_") || !suite.contains("_WITH_"));
    }

    static SSLContext context(KeyManager @Nullable [] keys, TrustManager[] trust) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        return context;
    }
}
