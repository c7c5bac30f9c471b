package io.tocsin.pipeline.assemble;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.event.EntryOrigin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Joins the public audit logs and compares with what `ausearch` of the audit project made of them: one event for each
/// serial number, with the same records.
class AuditdReferenceTest {
    private static final Pattern HEAD = Pattern.compile("(?:node=\\S+ )?type=(\\S+) msg=audit\\(.*?:(\\d+)\\)");

    private static final Pattern TIME = Pattern.compile("audit\\((\\d+\\.\\d+):");

    private static Path folder() {
        String configured = System.getenv("TOCSIN_TEST_DATA");
        Path data = configured == null || configured.isBlank() ? Path.of("../../shared/data") : Path.of(configured);
        return data.resolve("auditd");
    }

    @Test
    void joinsLikeAusearchInOrderAndOutOfOrder() throws IOException {
        assumeTrue(Files.isDirectory(folder()), "no test data at " + folder());
        Map<String, Map<Long, List<String>>> all = new HashMap<>();
        try (Stream<Path> files = Files.list(folder().resolve("ausearch-reference"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".ausearch.interpreted.txt"))
                    .sorted()
                    .toList()) {
                String name = file.getFileName().toString().replace(".ausearch.interpreted.txt", "");
                Map<Long, List<String>> expected = reference(file);
                all.put(name, expected);
            }
        }
        assertThat(all).isNotEmpty();
        int rows = 0;
        Random random = new Random(3);
        for (Map.Entry<String, Map<Long, List<String>>> log : all.entrySet()) {
            List<String> lines = Files.readAllLines(
                            folder().resolve(log.getKey().replace("__", "/")))
                    .stream()
                    .filter(line -> !line.isBlank())
                    .toList();
            assertThat(joined(lines)).as(log.getKey()).isEqualTo(log.getValue());
            // The other output of ausearch: a row for each event, with its main record.
            for (String row : Files.readAllLines(
                    folder().resolve("ausearch-reference").resolve(log.getKey() + ".ausearch.csv"))) {
                String[] cells = row.split(",", -1);
                if (cells[1].equals("EVENT")) {
                    continue;
                }
                rows++;
                // A comment in a log is an event of its own to ausearch, without a number.
                if (!cells[4].equals("0")) {
                    assertThat(joined(lines).get(Long.parseLong(cells[4]))).contains(cells[1]);
                }
            }
            List<String> shuffled = shuffled(lines, random);
            assertThat(joined(shuffled)).as(log.getKey() + " out of order").isEqualTo(log.getValue());
        }
        assertThat(rows).isEqualTo(172);
    }

    /// The lines in another order, as a transport may bring them that keeps no order: within two seconds anything may
    /// come before anything, but the end comes last.
    private static List<String> shuffled(List<String> lines, Random random) {
        List<String> result = new ArrayList<>();
        int from = 0;
        while (from < lines.size()) {
            int to = from + 1;
            while (to < lines.size() && Math.abs(seconds(lines.get(to)) - seconds(lines.get(from))) < 1.5) {
                to++;
            }
            List<String> some = new ArrayList<>(lines.subList(from, to));
            Collections.shuffle(some, random);
            some.sort(Comparator.comparingInt(
                    line -> line.contains("type=EOE") ? 2 : line.contains("type=PROCTITLE") ? 1 : 0));
            result.addAll(some);
            from = to;
        }
        return result;
    }

    private static double seconds(String line) {
        Matcher matcher = TIME.matcher(line);
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
    }

    /// Record types by serial number, sorted, without EOE.
    private static Map<Long, List<String>> reference(Path file) throws IOException {
        return types(Files.readAllLines(file));
    }

    private static Map<Long, List<String>> types(List<String> lines) {
        Map<Long, List<String>> types = new HashMap<>();
        for (String line : lines) {
            Matcher matcher = HEAD.matcher(line);
            if (matcher.find()) {
                List<String> list = types.computeIfAbsent(Long.parseLong(matcher.group(2)), _ -> new ArrayList<>());
                if (!matcher.group(1).equals("EOE")) {
                    list.add(matcher.group(1));
                }
            }
        }
        types.values().forEach(Collections::sort);
        return types;
    }

    private static Map<Long, List<String>> joined(List<String> lines) {
        Assembler assembler = AssembleConfig.AUDITD.create();
        EntryOrigin origin = EntryOrigin.local("test", "file", "x");
        Map<Long, List<String>> events = new HashMap<>();
        Assembler.Sink sink = event -> {
            if (event.ignored() || event.key().isEmpty()) {
                return;
            }
            Map<Long, List<String>> one = types(List.of(new String(event.text(), UTF_8).split("\n")));
            assertThat(one).hasSize(1);
            one.forEach((serial, types) -> assertThat(events.put(serial, types))
                    .as("a second event of " + serial + ": " + new String(event.text(), UTF_8))
                    .isNull());
        };
        for (String line : lines) {
            byte[] bytes = line.getBytes(UTF_8);
            assembler.accept(origin, 0, bytes, 0, bytes.length, 0, sink);
        }
        assembler.flush(sink);
        return events;
    }
}
