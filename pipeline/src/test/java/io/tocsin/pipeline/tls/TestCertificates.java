package io.tocsin.pipeline.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An authority and certificates of it, made by `openssl` in a folder of the test.
public final class TestCertificates {
    private final Path folder;
    private int serial = 1;

    public TestCertificates(Path folder) {
        this.folder = folder;
        run(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/O=Test/CN=Test Authority",
                "-keyout",
                file("authority.key").toString(),
                "-out",
                authority().toString());
    }

    public Path authority() {
        return file("authority.pem");
    }

    public Path certificate(String name) {
        return file(name + ".pem");
    }

    public Path key(String name) {
        return file(name + ".key");
    }

    public Path file(String name) {
        return folder.resolve(name);
    }

    /// Makes `name.pem` and `name.key` (PKCS#8, EC), signed by the authority.
    ///
    /// @param names alternative names as openssl writes them, such as `DNS:host.example.com,IP:127.0.0.1`
    public void sign(String name, String names) {
        sign(name, names, "2", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
    }

    /// @param days validity; negative: expired
    /// @param keyOptions what follows `-newkey`
    public void sign(String name, String names, String days, String... keyOptions) {
        List<String> request = new ArrayList<>(List.of("req", "-new", "-nodes", "-newkey"));
        request.addAll(List.of(keyOptions));
        request.addAll(List.of(
                "-subj",
                "/O=Test/CN=" + name,
                "-keyout",
                key(name).toString(),
                "-out",
                file(name + ".csr").toString()));
        run(request.toArray(String[]::new));
        Path extensions = file(name + ".ext");
        try {
            Files.writeString(
                    extensions, names.isEmpty() ? "basicConstraints=CA:FALSE\n" : "subjectAltName=" + names + "\n");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        run(
                "x509",
                "-req",
                "-in",
                file(name + ".csr").toString(),
                "-CA",
                authority().toString(),
                "-CAkey",
                file("authority.key").toString(),
                "-set_serial",
                Integer.toString(++serial),
                "-days",
                days,
                "-extfile",
                extensions.toString(),
                "-out",
                certificate(name).toString());
    }

    /// Makes `name`, a list of revoked certificates of the authority in PEM form, valid for a day.
    ///
    /// @param revoked names of certificates that were signed before
    public Path revoke(String name, String... revoked) {
        return revoke(name, "authority", List.of("-crldays", "1"), revoked);
    }

    /// @param signer name of the authority's certificate and key
    /// @param more options of `openssl ca -gencrl`
    public Path revoke(String name, String signer, List<String> more, String... revoked) {
        Path list = file(name);
        try {
            Files.writeString(file(name + ".index"), "");
            Files.writeString(
                    file(name + ".cnf"),
                    "[ca]\ndefault_ca = a\n[a]\ndatabase = " + file(name + ".index") + "\ndefault_md = sha256\n");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        List<String> authority = List.of(
                "ca",
                "-config",
                file(name + ".cnf").toString(),
                "-cert",
                certificate(signer).toString(),
                "-keyfile",
                key(signer).toString());
        for (String certificate : revoked) {
            List<String> command = new ArrayList<>(authority);
            command.addAll(List.of("-revoke", certificate(certificate).toString()));
            run(command.toArray(String[]::new));
        }
        List<String> command = new ArrayList<>(authority);
        command.addAll(List.of("-gencrl", "-out", list.toString()));
        command.addAll(more);
        run(command.toArray(String[]::new));
        return list;
    }

    /// Runs `openssl` and gives what it printed.
    public static String run(String... arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
