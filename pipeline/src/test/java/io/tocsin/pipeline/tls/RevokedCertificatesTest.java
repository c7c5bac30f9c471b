package io.tocsin.pipeline.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.InvalidConfigException;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// F-TLS-01, S16: a peer whose certificate was taken back is refused with the reason.
@Timeout(60)
class RevokedCertificatesTest {
    @TempDir
    static Path folder;

    private static TestCertificates certificates;

    @BeforeAll
    static void makeCertificates() {
        certificates = new TestCertificates(folder);
        certificates.sign("server", "DNS:localhost");
        certificates.sign("good", "DNS:good.example");
        certificates.sign("bad", "DNS:bad.example");
        certificates.sign("worse", "DNS:worse.example");
    }

    private static ServerTls server(Path revoked, String more) {
        return TlsTest.read(
                ServerTls.SPEC,
                "{ certificate: '%s', key: '%s', clientCertificate: required, authorities: '%s', revoked: '%s'%s }"
                        .formatted(
                                certificates.certificate("server"),
                                certificates.key("server"),
                                certificates.authority(),
                                revoked,
                                more));
    }

    private static ClientTlsContext client(String name) {
        return TlsTest.read(
                        ClientTls.SPEC,
                        "{ authorities: '%s', certificate: '%s', key: '%s' }"
                                .formatted(
                                        certificates.authority(),
                                        certificates.certificate(name),
                                        certificates.key(name)))
                .open();
    }

    private static void assertTaken(ServerTlsContext server, String name) throws IOException {
        assertThat(TlsTest.meet(server, client(name), "localhost")).contains("CN=" + name);
    }

    private static void assertRefused(ServerTlsContext server, String name) {
        assertThatThrownBy(() -> TlsTest.meet(server, client(name), "localhost"))
                .isInstanceOf(IOException.class);
    }

    private static Path derOf(Path list) {
        Path der = list.resolveSibling(list.getFileName() + ".der");
        TestCertificates.run("crl", "-in", list.toString(), "-outform", "DER", "-out", der.toString());
        return der;
    }

    @Test
    void refusesWhatAListNamesAndNobodyElse() throws IOException {
        Path list = certificates.revoke("two.crl", "bad", "worse");
        for (Path file : List.of(list, derOf(list))) {
            ServerTlsContext server = server(file, "").open();
            assertTaken(server, "good");
            assertRefused(server, "bad");
            assertRefused(server, "worse");
        }
        assertThatThrownBy(() -> RevokedCertificates.read(list, Pem.certificates(certificates.authority()))
                        .check(Pem.certificates(certificates.certificate("bad"))
                                .toArray(java.security.cert.X509Certificate[]::new)))
                .hasMessageContaining("the certificate was revoked [subject=CN=bad,O=Test, serial=")
                .hasMessageContaining("since=");
    }

    @Test
    void refusesARevokedCertificateWhoseFingerprintIsAllowed() {
        String printed = TestCertificates.run(
                "x509", "-in", certificates.certificate("bad").toString(), "-noout", "-fingerprint", "-sha256");
        String fingerprint = "sha-256:" + printed.strip().substring(printed.indexOf('=') + 1);
        Path list = certificates.revoke("listed.crl", "bad");
        assertRefused(server(list, ", allow: ['" + fingerprint + "']").open(), "bad");
    }

    @Test
    void takesManyListsOfOneFileTogether() throws IOException {
        Path both = folder.resolve("both.crl");
        Files.writeString(
                both,
                Files.readString(certificates.revoke("first.crl", "bad"))
                        + "some text between\n"
                        + Files.readString(certificates.revoke("second.crl", "worse")));
        ServerTlsContext server = server(both, "").open();
        assertTaken(server, "good");
        assertRefused(server, "bad");
        assertRefused(server, "worse");
    }

    @Test
    void readsAListAgainWhenItChangesAndKeepsItWhenTheNextIsDamaged() throws IOException {
        Path list = folder.resolve("turning.crl");
        Files.copy(certificates.revoke("nobody.crl"), list);
        ServerTlsContext server = server(list, "").open();
        assertTaken(server, "bad");
        Files.copy(certificates.revoke("somebody.crl", "bad"), list, StandardCopyOption.REPLACE_EXISTING);
        var before = server.context();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(server.context()).isNotSameAs(before));
        assertRefused(server, "bad");
        assertTaken(server, "good");
        var after = server.context();
        Files.writeString(list, Files.readString(list).substring(0, 100));
        await().during(Duration.ofMillis(1500))
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(server.context()).isSameAs(after));
        assertRefused(server, "bad");
        assertTaken(server, "good");
    }

    @Test
    void aListThatIsOverdueStaysInForce() throws IOException {
        Path list = certificates.revoke(
                "overdue.crl",
                "authority",
                List.of("-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"),
                "bad");
        ServerTlsContext server = server(list, "").open();
        assertRefused(server, "bad");
        assertTaken(server, "good");
    }

    @Test
    void saysWhichListIsWrongAndWhy() throws IOException {
        Path missing = folder.resolve("missing.crl");
        assertThatThrownBy(() -> server(missing, "").open())
                .isInstanceOf(TocsinException.class)
                .hasMessage("cannot use a file for TLS [file=" + missing + ", reason=no such file]");
        Path empty = Files.createFile(folder.resolve("empty.crl"));
        assertThatThrownBy(() -> server(empty, "").open()).hasMessageContaining("holds no '-----BEGIN X509 CRL-----'");
        assertThatThrownBy(() -> server(certificates.authority(), "").open())
                .hasMessageContaining("holds no '-----BEGIN X509 CRL-----'");

        Path whole = certificates.revoke("whole.crl", "bad");
        Path half = folder.resolve("half.crl");
        String text = Files.readString(whole);
        Files.writeString(half, text.substring(0, text.length() / 2));
        assertThatThrownBy(() -> server(half, "").open()).hasMessageContaining("half written");
        Path wrong = folder.resolve("wrong.crl");
        Files.writeString(wrong, text + "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
        assertThatThrownBy(() -> server(wrong, "").open()).hasMessageContaining("list 2 cannot be decoded");

        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        TestCertificates others = new TestCertificates(elsewhere);
        Path foreign = others.revoke("foreign.crl");
        assertThatThrownBy(() -> server(foreign, "").open())
                .hasMessageContaining("list 1 of CN=Test Authority,O=Test is not signed by one of the authorities");
    }

    /// Cut anywhere and changed anywhere: the error names the file, or every certificate is judged as before.
    @Test
    void takesNoListThatIsDamaged() throws IOException {
        Path list = derOf(certificates.revoke("damaged.crl", "bad"));
        byte[] whole = Files.readAllBytes(list);
        Path damaged = folder.resolve("damaged.now");
        var authorities = Pem.certificates(certificates.authority());
        for (int i = 0; i < whole.length; i++) {
            Files.write(damaged, Arrays.copyOf(whole, i));
            assertThatThrownBy(() -> RevokedCertificates.read(damaged, authorities))
                    .as("%d bytes", i)
                    .isInstanceOf(TocsinException.class)
                    .hasMessageContaining(damaged.toString());
            byte[] changed = whole.clone();
            changed[i] ^= 0x01;
            Files.write(damaged, changed);
            assertThatThrownBy(() -> RevokedCertificates.read(damaged, authorities))
                    .as("byte %d of %s", i, new String(whole, StandardCharsets.ISO_8859_1))
                    .isInstanceOf(TocsinException.class)
                    .hasMessageContaining(damaged.toString());
        }
    }

    @Test
    void needsTheAuthoritiesOfTheLists() {
        String yaml = "{ certificate: a.pem, key: a.key, clientCertificate: required, revoked: a.crl,"
                + " allow: ['sha-256:" + "00:".repeat(31) + "00'] }";
        assertThatThrownBy(() -> TlsTest.read(ServerTls.SPEC, yaml))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("name the authorities");
    }
}
