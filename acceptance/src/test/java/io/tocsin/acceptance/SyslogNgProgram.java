package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// syslog-ng as installed, or as unpacked below the folder that the variable `TOCSIN_SYSLOG_NG` names: its Debian
/// package does not go together with that of rsyslog.
///
/// @param root what it was unpacked into
/// @param version `3.38`, as the configuration must name it
record SyslogNgProgram(Path root, String version) {
    private static final Pattern VERSION =
            Pattern.compile("syslog-ng \\S+ \\(([0-9]+\\.[0-9]+)[^)]*\\)|Config version: ([0-9.]+)");

    /// Skips the test that asks when there is none.
    static SyslogNgProgram find() {
        String unpacked = System.getenv("TOCSIN_SYSLOG_NG");
        Path root = Path.of(unpacked == null || unpacked.isBlank() ? "/" : unpacked);
        Assumptions.assumeTrue(
                Files.isExecutable(root.resolve("usr/sbin/syslog-ng")),
                "skipped: syslog-ng is neither installed nor unpacked below TOCSIN_SYSLOG_NG (Debian package syslog-ng-core)");
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            root.resolve("usr/sbin/syslog-ng").toString(), "--version")
                    .redirectErrorStream(true);
            builder.environment().putAll(libraries(root));
            String said = new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(said);
            assertThat(version.find()).as(said).isTrue();
            return new SyslogNgProgram(root, version.group(1) != null ? version.group(1) : version.group(2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> libraries(Path root) {
        return Map.of(
                "LD_LIBRARY_PATH",
                Stream.of("usr/lib/syslog-ng", "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")
                        .map(folder -> root.resolve(folder).toString())
                        .reduce((one, next) -> one + ":" + next)
                        .orElseThrow());
    }

    /// Starts it with `syslog-ng.conf` of the folder.
    FrontEndProcess start(Path work) throws IOException {
        Path modules;
        try (Stream<Path> all = Files.walk(root.resolve("usr/lib/syslog-ng"))) {
            modules = all.filter(file -> file.getFileName().toString().equals("libdisk-buffer.so"))
                    .findFirst()
                    .orElseThrow()
                    .getParent();
        }
        return FrontEndProcess.start(
                work,
                libraries(root),
                List.of(
                        root.resolve("usr/sbin/syslog-ng").toString(),
                        "--foreground",
                        "--no-caps",
                        "--stderr",
                        "--cfgfile=" + work.resolve("syslog-ng.conf"),
                        "--module-path=" + modules,
                        "--persist-file=" + work.resolve("persist"),
                        "--control=" + work.resolve("control"),
                        "--pidfile=" + work.resolve("pid")));
    }
}
