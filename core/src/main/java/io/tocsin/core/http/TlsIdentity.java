package io.tocsin.core.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The key and certificate of the HTTPS listener. Made at the first start with the JDK's own `keytool` (there is no
/// public API in the JDK to make a certificate) and made anew when the self-made one is about to expire. To use
/// another certificate, replace `tls/core.p12` and put its password into `tls/core.password`.
///
/// @param keyStore loaded once, because opening one of other tools is slow on purpose
/// @param password of the key store and its key
public record TlsIdentity(KeyStore keyStore, String password) {
    private static final String ALIAS = "core";
    private static final int VALIDITY_DAYS = 825;
    private static final Duration RENEW_BEFORE = Duration.ofDays(30);
    private static final int KEYTOOL_TIMEOUT_SECONDS = 60;
    private static final String SELF_MADE = "OU=made at first start, O=Tocsin";

    /// Returns the identity below `folder` (the `tls` folder), making it when there is none.
    public static TlsIdentity openOrMake(Path folder, InstantSource clock) throws IOException {
        Path store = folder.resolve("core.p12");
        Path passwordFile = folder.resolve("core.password");
        if (Files.exists(store) && Files.exists(passwordFile)) {
            String password =
                    Files.readString(passwordFile, StandardCharsets.UTF_8).strip();
            KeyStore keys = load(store, password);
            if (!isSelfMadeAndExpiring(keys, clock)) {
                return exported(folder, new TlsIdentity(keys, password));
            }
        }
        String password = randomPassword();
        make(folder, store, password, passwordFile);
        return exported(folder, new TlsIdentity(load(store, password), password));
    }

    /// Writes the certificates, without the key, to `certificate.pem`: what commands on this machine trust.
    private static TlsIdentity exported(Path folder, TlsIdentity identity) throws IOException {
        StringBuilder pem = new StringBuilder();
        Base64.Encoder encoder = Base64.getMimeEncoder(64, new byte[] {'\n'});
        try {
            for (String alias : Collections.list(identity.keyStore.aliases())) {
                Certificate[] chain = identity.keyStore.getCertificateChain(alias);
                for (Certificate certificate : chain == null ? new Certificate[0] : chain) {
                    pem.append("-----BEGIN CERTIFICATE-----\n")
                            .append(encoder.encodeToString(certificate.getEncoded()))
                            .append("\n-----END CERTIFICATE-----\n");
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read the certificate of the HTTPS listener [folder=" + folder + "]", e);
        }
        Path file = folder.resolve("certificate.pem");
        if (!Files.exists(file) || !Files.readString(file).contentEquals(pem)) {
            Path fresh = folder.resolve("certificate.pem.new");
            Files.writeString(fresh, pem);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return identity;
    }

    private static KeyStore load(Path store, String password) throws IOException {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, password.toCharArray());
            return keys;
        } catch (GeneralSecurityException | IOException e) {
            throw new IOException(
                    "cannot open the key store of the HTTPS listener; restore it, or delete it with its password file to have"
                            + " a new one made [file=" + store + "]",
                    e);
        }
    }

    private static boolean isSelfMadeAndExpiring(KeyStore keys, InstantSource clock) throws IOException {
        try {
            return keys.getCertificate(ALIAS) instanceof X509Certificate certificate
                    && certificate.getSubjectX500Principal().toString().contains(SELF_MADE)
                    && certificate
                            .getNotAfter()
                            .toInstant()
                            .isBefore(clock.instant().plus(RENEW_BEFORE));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read the certificate of the HTTPS listener", e);
        }
    }

    private static String randomPassword() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static void make(Path folder, Path store, String password, Path passwordFile) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        Path fresh = folder.resolve("core.p12.new");
        Files.deleteIfExists(fresh);
        PrivateFile.write(passwordFile, password);
        ProcessBuilder command = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-J-XX:TieredStopAtLevel=1",
                        "-J-XX:+UseSerialGC",
                        // The password is 192 random bits: to derive keys slowly would protect nothing, and each start
                        // would do it.
                        "-J-Dkeystore.pkcs12.certPbeIterationCount=1",
                        "-J-Dkeystore.pkcs12.keyPbeIterationCount=1",
                        "-J-Dkeystore.pkcs12.macIterationCount=1",
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-sigalg",
                        "SHA256withECDSA",
                        "-dname",
                        "CN=localhost, " + SELF_MADE,
                        "-ext",
                        "SAN=" + String.join(",", subjectAlternativeNames()),
                        "-ext",
                        "EKU=serverAuth",
                        "-validity",
                        Integer.toString(VALIDITY_DAYS),
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        fresh.toString(),
                        // From the environment, so that the password shows in no process list.
                        "-storepass:env",
                        "TOCSIN_KEY_STORE_PASSWORD"))
                .redirectErrorStream(true);
        command.environment().put("TOCSIN_KEY_STORE_PASSWORD", password);
        Process keytool = command.start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!finished(keytool) || keytool.exitValue() != 0) {
            keytool.destroyForcibly();
            throw new IOException("keytool could not make the certificate [output=" + output.strip() + "]");
        }
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
        Files.move(fresh, store, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean finished(Process process) throws IOException {
        try {
            return process.waitFor(KEYTOOL_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool made the certificate", e);
        }
    }

    private static Set<String> subjectAlternativeNames() {
        Set<String> names = new LinkedHashSet<>(List.of("DNS:localhost", "IP:127.0.0.1", "IP:0:0:0:0:0:0:0:1"));
        try {
            String host = InetAddress.getLocalHost().getHostName();
            if (host.matches("[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?") && !host.matches("[0-9.]+")) {
                names.add("DNS:" + host);
            }
        } catch (UnknownHostException _) {
            // A machine without a resolvable name is reached by address.
        }
        return names;
    }
}
