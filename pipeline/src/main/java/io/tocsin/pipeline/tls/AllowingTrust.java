package io.tocsin.pipeline.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Decides about certificates of clients: one whose fingerprint is listed is accepted while it is valid; any other
/// needs an authority and, when names are listed, one of them. None may be revoked. Immutable.
final class AllowingTrust extends X509ExtendedTrustManager {
    private final @Nullable X509ExtendedTrustManager authorities;
    private final List<AllowedPeer> allow;
    private final @Nullable RevokedCertificates revoked;

    AllowingTrust(
            @Nullable X509ExtendedTrustManager authorities,
            List<AllowedPeer> allow,
            @Nullable RevokedCertificates revoked) {
        this.authorities = authorities;
        this.allow = allow;
        this.revoked = revoked;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        if (revoked != null) {
            revoked.check(chain);
        }
        X509Certificate own = chain[0];
        boolean listed = false;
        for (AllowedPeer peer : allow) {
            if (peer.allows(own)) {
                if (peer instanceof AllowedPeer.Fingerprint) {
                    own.checkValidity();
                    return;
                }
                listed = true;
            }
        }
        if (authorities == null) {
            throw new CertificateException("the fingerprint of the certificate is not listed [" + name(own) + "]");
        }
        authorities.checkClientTrusted(chain, authType);
        if (!listed && !allow.isEmpty()) {
            throw new CertificateException("the certificate is not among those allowed [" + name(own) + "]");
        }
    }

    private static String name(X509Certificate certificate) {
        return "subject=" + certificate.getSubjectX500Principal().getName();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("this side accepts clients only");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        // A client needs no hint which of its certificates to show, and some show none for want of a better one: GnuTLS
        // takes the list, in TLS 1.3 and with RSA, for a refusal of its only certificate.
        return new X509Certificate[0];
    }
}
