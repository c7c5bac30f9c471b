package io.tocsin.app.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Texts of real sources, and those of [SigmaAttack], through the normalizer that collectors use.
///
/// Thread-safety: one thread.
final class SigmaSamples {
    /// At most so many lines of a file, spread over it.
    private static final int LINES_OF_A_FILE = 300;

    private final Path data;
    private final Normalization normalization;
    private final Consumer<EventBatch> events;

    SigmaSamples(Path data, Normalization normalization, Consumer<EventBatch> events) {
        this.data = data;
        this.normalization = normalization;
        this.events = events;
    }

    /// Everything that the shared data has of sources which Sigma's rules speak of.
    void recorded() throws IOException {
        for (String folder : List.of("windows/otrf", "json/otrf", "json/suricata-telegraf", "web", "syslog", "zeek")) {
            files(folder);
        }
        for (String folder : List.of("auditd/audit-userspace", "auditd/laurel", "auditd/filebeat")) {
            auditd(folder);
        }
        for (Path file : DataFiles.below(data.resolve("sigma/regression"))) {
            if (file.toString().endsWith(".json")) {
                stream("windows").batches(file.toString(), DataFiles.bytes(file), events);
            }
        }
        for (String folder : List.of("vendors/open-xp", "windows/open-xp", "auditd/open-xp")) {
            members(folder, "raw");
        }
        members("vendors/sc4s", "message");
        for (Path file : DataFiles.below(data.resolve("vendors/wazuh"))) {
            for (String line : DataFiles.lines(file)) {
                int equal = line.indexOf(" pass = ");
                if (line.startsWith("log ") && equal > 0) {
                    auto(file)
                            .batches(file.toString(), line.substring(equal + 8).getBytes(UTF_8), events);
                }
            }
        }
        for (Path file : DataFiles.below(data.resolve("web-and-services"))) {
            if (file.toString().endsWith(".log")) {
                lines(file);
            }
        }
    }

    void attack(SigmaAttack attack) {
        if (attack.assemble()) {
            for (String text : AuditdEvents.texts(attack.text().lines().toList())) {
                stream("auto").batches(attack.name(), text.getBytes(UTF_8), events);
            }
        } else {
            stream("auto").batches(attack.name(), attack.text().getBytes(UTF_8), events);
        }
    }

    private Normalization.Stream stream(String normalizer) {
        return normalization.stream(normalizer);
    }

    /// Files whose head names their columns are read from their beginning by a normalizer of their own.
    private Normalization.Stream auto(Path file) {
        return file.toString().contains("/tsv/") ? normalization.freshStream("auto") : normalization.stream("auto");
    }

    private void files(String folder) throws IOException {
        if (Files.isDirectory(data.resolve(folder))) {
            for (Path file : DataFiles.below(data.resolve(folder))) {
                String name = String.valueOf(file.getFileName());
                if (!name.startsWith("README") && !name.startsWith("LABELS") && !name.contains(".csv")) {
                    lines(file);
                }
            }
        }
    }

    private void lines(Path file) throws IOException {
        Normalization.Stream normalizer = auto(file);
        List<String> lines = DataFiles.lines(file);
        int step = Math.max(1, lines.size() / LINES_OF_A_FILE);
        for (int i = 0; i < lines.size(); i++) {
            // The head of a table is needed whole.
            if (i % step == 0 || lines.get(i).startsWith("#")) {
                normalizer.batches(file.toString(), lines.get(i).getBytes(UTF_8), events);
            }
        }
    }

    private void auditd(String folder) throws IOException {
        for (Path file : DataFiles.below(data.resolve(folder))) {
            if (file.toString().endsWith(".log") || file.toString().endsWith(".txt")) {
                for (String text : AuditdEvents.texts(DataFiles.lines(file))) {
                    stream("auditd").batches(file.toString(), text.getBytes(UTF_8), events);
                }
            }
        }
    }

    /// Texts that stand in a member of JSON lines.
    private void members(String folder, String member) throws IOException {
        for (Path file : DataFiles.below(data.resolve(folder))) {
            if (!file.toString().contains(".jsonl")) {
                continue;
            }
            for (String line : DataFiles.lines(file)) {
                JsonNode text = Normalization.JSON.readTree(line).path(member);
                String raw = text.isString() ? text.asString() : text.toString();
                auto(file).batches(file.toString(), raw.getBytes(UTF_8), events);
            }
        }
    }
}
