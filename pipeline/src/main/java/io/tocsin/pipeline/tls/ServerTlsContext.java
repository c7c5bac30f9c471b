package io.tocsin.pipeline.tls;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// Makes the server's side of TLS connections. The files are looked at again at most once a second, when somebody
/// connects or asks for the lists of revoked certificates: new connections get what they hold now, and files that
/// cannot be used are logged and change nothing.
///
/// Thread-safety: any thread.
public final class ServerTlsContext {
    private final ServerTls settings;
    private final Reloading<Loaded> loaded;

    private record Loaded(SSLContext context, @Nullable RevokedCertificates revoked) {}

    ServerTlsContext(ServerTls settings) {
        this.settings = settings;
        this.loaded = new Reloading<>(
                this::load, settings.certificate(), settings.key(), settings.authorities(), settings.revoked());
    }

    private Loaded load() {
        TlsIdentity identity = TlsIdentity.read(settings.certificate(), settings.key());
        try {
            Path authorities = settings.authorities();
            Path lists = settings.revoked();
            RevokedCertificates revoked = authorities == null || lists == null
                    ? null
                    : RevokedCertificates.read(lists, Pem.certificates(authorities));
            TrustManager trust = new AllowingTrust(
                    authorities == null ? null : KeyStores.trust(authorities), settings.allow(), revoked);
            return new Loaded(TlsVersion.context(identity.keyManagers(), new TrustManager[] {trust}), revoked);
        } catch (GeneralSecurityException e) {
            throw TocsinException.of(
                    ErrorCode.INVALID_CONFIG,
                    "cannot prepare TLS [certificate=" + settings.certificate() + ", reason=" + e.getMessage() + "]",
                    e);
        }
    }

    /// The context of the newest files; set [#parameters()] on what is made with it.
    public SSLContext context() {
        return loaded.current().context();
    }

    /// The lists of revoked certificates in force, another object when a file has changed, so that peers that are
    /// connected can be looked at again; null: none are looked at.
    public @Nullable RevokedCertificates revoked() {
        return loaded.current().revoked();
    }

    /// Versions, suites and the demand for a certificate of the peer, to be set on a socket or engine.
    public SSLParameters parameters() {
        return parameters(context());
    }

    private SSLParameters parameters(SSLContext context) {
        SSLParameters parameters = settings.minimumVersion().parameters(context);
        switch (settings.clientCertificate()) {
            case NONE -> parameters.setNeedClientAuth(false);
            case OPTIONAL -> parameters.setWantClientAuth(true);
            case REQUIRED -> parameters.setNeedClientAuth(true);
        }
        return parameters;
    }

    /// An engine of the server's side for one connection, ready to shake hands.
    public SSLEngine engine() {
        SSLContext context = context();
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setSSLParameters(parameters(context));
        return engine;
    }

    /// Subject of the peer's verified certificate (RFC 2253); empty when it showed none.
    public static String peer(SSLSession session) {
        try {
            for (Certificate certificate : session.getPeerCertificates()) {
                if (certificate instanceof X509Certificate known) {
                    return known.getSubjectX500Principal().getName();
                }
            }
        } catch (SSLPeerUnverifiedException e) {
            // It was not asked, or had none.
        }
        return "";
    }
}
