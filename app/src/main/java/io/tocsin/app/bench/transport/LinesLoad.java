package io.tocsin.app.bench.transport;

import io.tocsin.app.bench.TrafficSender;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// Lines of syslog over TCP, or over TLS when there is a certificate.
record LinesLoad(@Nullable BenchCertificate certificate) implements InputLoad {
    private static final int WRITE_BYTES = 16 << 10;

    @Override
    public String name() {
        return certificate == null ? "tcp" : "tls";
    }

    @Override
    public String connector(int port) {
        return certificate == null
                ? "{ type: tcp, listen: \"127.0.0.1:%d\", framing: auto }".formatted(port)
                : "{ type: tls, listen: \"127.0.0.1:%d\", framing: auto, tls: { certificate: %s, key: %s } }"
                        .formatted(port, certificate.certificate(), certificate.key());
    }

    @Override
    public String format() {
        return "syslog";
    }

    @Override
    public String peer(int port) {
        return certificate == null
                ? """
                module(load="imptcp")
                input(type="imptcp" port="%d" ruleset="receive")
                """.formatted(port)
                : """
                module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
                global(defaultNetstreamDriverCAFile="%2$s" defaultNetstreamDriverCertFile="%2$s" defaultNetstreamDriverKeyFile="%3$s")
                input(type="imtcp" port="%1$d" ruleset="receive")
                """.formatted(port, certificate.certificate(), certificate.key());
    }

    @Override
    public double share() {
        return certificate == null ? 1 : 0.5;
    }

    @Override
    public void send(InetSocketAddress target, int times) throws IOException {
        if (certificate == null) {
            TrafficSender.sendAll(target, SyslogBlock.text(), times);
            return;
        }
        byte[] block = new byte[SyslogBlock.text().remaining()];
        ByteBuffer text = SyslogBlock.text();
        text.get(block);
        try (SSLSocket socket = (SSLSocket)
                certificate.clientContext().getSocketFactory().createSocket(target.getAddress(), target.getPort())) {
            OutputStream out = socket.getOutputStream();
            for (int i = 0; i < times; i++) {
                for (int at = 0; at < block.length; at += WRITE_BYTES) {
                    out.write(block, at, Math.min(WRITE_BYTES, block.length - at));
                }
            }
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
