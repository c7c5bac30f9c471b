package io.tocsin.pipeline.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Decides about certificates of servers. It verifies the name itself, so that this does not depend on what a caller
/// sets on its socket. Immutable.
final class ServerTrust extends X509ExtendedTrustManager {
    private final ClientTls.Verify verify;
    private final @Nullable X509ExtendedTrustManager authorities;
    private final @Nullable String serverName;

    /// @param authorities null only when nothing is verified
    ServerTrust(ClientTls.Verify verify, @Nullable X509ExtendedTrustManager authorities, @Nullable String serverName) {
        this.verify = verify;
        this.authorities = authorities;
        this.serverName = serverName;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, authType, null);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, authType, socket instanceof SSLSocket secured ? secured.getHandshakeSession() : null);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, authType, engine.getHandshakeSession());
    }

    private void check(X509Certificate[] chain, String authType, @Nullable SSLSession session)
            throws CertificateException {
        if (verify == ClientTls.Verify.NONE) {
            return;
        }
        if (authorities == null) {
            throw new CertificateException("no authorities are known");
        }
        authorities.checkServerTrusted(chain, authType);
        if (verify == ClientTls.Verify.AUTHORITIES) {
            return;
        }
        String host = serverName != null ? serverName : session == null ? null : session.getPeerHost();
        if (host == null || host.isEmpty()) {
            throw new CertificateException("the name of the peer is not known and cannot be verified");
        }
        PeerNames names = PeerNames.of(chain[0]);
        if (!names.areOf(host)) {
            throw new CertificateException("the certificate is of another host [wanted=" + host + ", names="
                    + names.dns() + names.addresses() + "]");
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("this side accepts servers only");
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
    public X509Certificate[] getAcceptedIssuers() {
        return authorities == null ? new X509Certificate[0] : authorities.getAcceptedIssuers();
    }
}
