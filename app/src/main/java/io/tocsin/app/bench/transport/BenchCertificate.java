package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A certificate for `localhost` that signs itself, made by openssl for one run of the benchmark.
///
/// @param certificate PEM file
/// @param key PEM file
record BenchCertificate(Path certificate, Path key) {
    private static final int SECONDS = 30;

    /// @param folder where the files are written; must exist
    /// @throws IOException when openssl is not there or fails
    static BenchCertificate make(Path folder) throws IOException, InterruptedException {
        BenchCertificate made = new BenchCertificate(folder.resolve("bench.crt"), folder.resolve("bench.key"));
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-out",
                        made.certificate().toString(),
                        "-keyout",
                        made.key().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!openssl.waitFor(SECONDS, TimeUnit.SECONDS) || openssl.exitValue() != 0) {
            openssl.destroyForcibly();
            throw new IOException("openssl made no certificate [folder=" + folder + "]: install the package openssl");
        }
        return made;
    }

    /// What a client that trusts only this certificate uses.
    SSLContext clientContext() throws IOException {
        try (var in = Files.newInputStream(certificate)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry(
                    "bench", CertificateFactory.getInstance("X.509").generateCertificate(in));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate of the benchmark cannot be used", e);
        }
    }
}
