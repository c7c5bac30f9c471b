package io.tocsin.app.fault;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Certificates that the `keytool` of the JDK made: an authority, a server, and clients that are right and wrong.
///
/// @param folder with their files
record PeerCertificates(Path folder) {
    private static final char[] PASSWORD = "no-secret".toCharArray();

    /// `signed NAME BEGIN DAYS` makes a key and a certificate of the authority.
    private static final String SCRIPT = """
            set -e
            cd "$2"
            tool() {
              "$1/bin/keytool" -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -storepass no-secret -storetype PKCS12 \\
                "${@:2}" 2>>keytool.log
            }
            pair() { tool "$1" -keystore "$2.p12" -alias key -genkeypair -keyalg EC -dname "CN=$2" "${@:3}"; }
            signed() {
              pair "$1" "$2"
              tool "$1" -keystore "$2.p12" -alias key -certreq |
                tool "$1" -keystore authority.p12 -alias key -gencert -rfc -ext san=ip:127.0.0.1 -startdate "$3" \\
                  -validity "$4" >"$2.pem"
              cat authority.pem "$2.pem" | tool "$1" -keystore "$2.p12" -alias key -importcert -noprompt
            }
            pair "$1" authority -ext bc:c -validity 30
            tool "$1" -keystore authority.p12 -alias key -exportcert -rfc >authority.pem
            signed "$1" server -1d 30
            signed "$1" client -1d 30
            signed "$1" expired -10d 2
            pair "$1" stranger -validity 30
            """;

    static PeerCertificates make(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        if (!Files.exists(folder.resolve("server.key"))) {
            Process process = new ProcessBuilder(
                            "bash", "-c", SCRIPT, "certificates", System.getProperty("java.home"), folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("keytool.out").toFile())
                    .start();
            if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException("keytool fails: " + Files.readString(folder.resolve("keytool.log")));
            }
            new PeerCertificates(folder).writeServerKey();
        }
        return new PeerCertificates(folder);
    }

    private void writeServerKey() throws IOException {
        try {
            byte[] key = store("server").getKey("key", PASSWORD).getEncoded();
            Files.writeString(
                    folder.resolve("server.key"),
                    "-----BEGIN PRIVATE KEY-----\n"
                            + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                                    .encodeToString(key)
                            + "\n-----END PRIVATE KEY-----\n");
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private KeyStore store(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    /// What a client has that trusts the authority.
    ///
    /// @param names whose certificate it shows, at most one
    SSLContext client(List<String> names) throws IOException {
        try {
            KeyStore authority = KeyStore.getInstance("PKCS12");
            authority.load(null, null);
            authority.setCertificateEntry("authority", store("authority").getCertificate("key"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authority);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            for (String name : names) {
                KeyStore from = store(name);
                own.setKeyEntry("key", from.getKey("key", PASSWORD), PASSWORD, from.getCertificateChain("key"));
            }
            keys.init(own, PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /// Files as a connector names them.
    Map<String, Path> server() {
        return Map.of(
                "certificate", folder.resolve("server.pem"),
                "key", folder.resolve("server.key"),
                "authorities", folder.resolve("authority.pem"));
    }
}
