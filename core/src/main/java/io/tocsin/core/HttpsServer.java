package io.tocsin.core;

import io.tocsin.core.http.Problem;
import io.tocsin.core.http.TlsIdentity;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.web.server.Compression;
import org.springframework.boot.web.server.Ssl;
import tools.jackson.databind.json.JsonMapper;

/// Makes the HTTPS server: TLS 1.2 and 1.3 only, a virtual thread for each request, a bounded number of
/// connections, problems instead of the error pages of the server.
final class HttpsServer {
    private static final String BUNDLE = "core";
    private static final int MAX_CONNECTIONS = 4_096;
    private static final int MAX_THREADS = 8_192;

    private final TlsIdentity identity;
    private final JsonMapper mapper;

    HttpsServer(TlsIdentity identity, JsonMapper mapper) {
        this.identity = identity;
        this.mapper = mapper;
    }

    JettyServletWebServerFactory factory(InetAddress address, int port) {
        JettyServletWebServerFactory factory = new JettyServletWebServerFactory("", port);
        factory.setAddress(address);
        factory.setRegisterDefaultServlet(false);
        factory.setAcceptors(1);
        factory.setSelectors(1);
        factory.setMaxConnections(MAX_CONNECTIONS);
        VirtualThreadPool threads = new VirtualThreadPool(MAX_THREADS);
        threads.setName("core-http");
        factory.setThreadPool(threads);

        SslBundle bundle = SslBundle.of(
                SslStoreBundle.of(identity.keyStore(), identity.password(), null),
                SslBundleKey.NONE,
                SslOptions.of(null, Set.of("TLSv1.3", "TLSv1.2")));
        factory.setSslBundles(new DefaultSslBundleRegistry(BUNDLE, bundle));
        factory.setSsl(Ssl.forBundle(BUNDLE));

        Compression compression = new Compression();
        compression.setEnabled(true);
        compression.setMimeTypes(new String[] {
            "text/html", "text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml"
        });
        factory.setCompression(compression);
        factory.addServerCustomizers(this::customize);
        return factory;
    }

    private void customize(Server server) {
        server.setErrorHandler(this::answer);
        for (WebAppContext context : server.getDescendants(WebAppContext.class)) {
            context.setErrorHandler(this::answer);
        }
    }

    /// For the requests that do not get as far as the servlets: bad request line, too large headers and the like.
    private boolean answer(Request request, Response response, Callback callback) {
        int status = response.getStatus() < 400 ? 500 : response.getStatus();
        byte[] body = mapper.writeValueAsBytes(Problem.ofStatus(status));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/problem+json");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }
}
