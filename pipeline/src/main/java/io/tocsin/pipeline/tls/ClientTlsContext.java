package io.tocsin.pipeline.tls;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/// Makes the client's side of TLS connections. The files are looked at again at most once a second, when a connection
/// is made; files that cannot be used are logged and change nothing.
///
/// Whatever is made with [#context()] verifies as the settings say, also the name, whether or not the caller sets
/// [#parameters()]: the Java HTTP client, sockets and engines alike. An engine has to be made with the host.
///
/// Thread-safety: any thread.
public final class ClientTlsContext {
    private static final System.Logger LOGGER = System.getLogger(ClientTlsContext.class.getName());

    private final ClientTls settings;
    private final Reloading<SSLContext> contexts;

    ClientTlsContext(ClientTls settings) {
        this.settings = settings;
        if (settings.verify() == ClientTls.Verify.NONE) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "the certificate of the peer is NOT verified, anybody in between can read and change what is sent"
                            + " [verify=none]: use verify: full and name its authorities");
        }
        this.contexts = new Reloading<>(this::load, settings.certificate(), settings.key(), settings.authorities());
    }

    private SSLContext load() {
        Path certificate = settings.certificate();
        Path key = settings.key();
        try {
            KeyManager[] keys = certificate == null || key == null
                    ? null
                    : TlsIdentity.read(certificate, key).keyManagers();
            TrustManager trust = new ServerTrust(
                    settings.verify(),
                    settings.verify() == ClientTls.Verify.NONE ? null : KeyStores.trust(settings.authorities()),
                    settings.serverName());
            return TlsVersion.context(keys, new TrustManager[] {trust});
        } catch (GeneralSecurityException e) {
            throw TocsinException.of(ErrorCode.INVALID_CONFIG, "cannot prepare TLS [reason=" + e.getMessage() + "]", e);
        }
    }

    /// The context of the newest files.
    public SSLContext context() {
        return contexts.current();
    }

    /// Versions, suites and the name to ask for.
    public SSLParameters parameters() {
        return parameters(context());
    }

    private SSLParameters parameters(SSLContext context) {
        SSLParameters parameters = settings.minimumVersion().parameters(context);
        String name = settings.serverName();
        if (name != null && !PeerNames.isAddress(name)) {
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        return parameters;
    }

    /// An engine of the client's side for one connection, ready to shake hands.
    ///
    /// @param host that is connected to
    public SSLEngine engine(String host, int port) {
        SSLContext context = context();
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        engine.setSSLParameters(parameters(context));
        return engine;
    }

    /// Speaks TLS over a connected socket. Hands are shaken when this returns; set a timeout for reading
    /// before, or a silent peer is waited for without end. Closing the result closes the socket.
    ///
    /// @param host that was connected to
    /// @throws IOException when the peer does not speak TLS or its certificate is refused; the socket is
    /// closed then
    public SSLSocket socket(Socket connected, String host, int port) throws IOException {
        try {
            SSLContext context = context();
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connected, host, port, true);
            socket.setSSLParameters(parameters(context));
            socket.startHandshake();
            return socket;
        } catch (IOException | RuntimeException e) {
            connected.close();
            throw e;
        }
    }
}
