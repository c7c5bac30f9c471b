package io.tocsin.app.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.assemble.AssembleConfig;
import io.tocsin.pipeline.assemble.Assembled;
import io.tocsin.pipeline.assemble.Assembler;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Joins lines of the Linux audit system as `assemble: auditd` does and normalizes the joined events.
///
/// Thread-safety: one thread.
final class AuditdEvents {
    private final Normalization.Stream auditd;

    AuditdEvents(Normalization normalization) {
        auditd = normalization.stream("auditd");
    }

    /// The texts of the joined events, those lines that belong to no event left out.
    static List<String> texts(List<String> lines) {
        Assembler assembler = AssembleConfig.AUDITD.create();
        EntryOrigin origin = EntryOrigin.local("report", "file", "audit.log");
        List<String> texts = new ArrayList<>();
        Assembler.Sink sink = (Assembled event) -> {
            if (!event.ignored() && !event.key().isEmpty()) {
                texts.add(new String(event.text(), UTF_8));
            }
        };
        for (String line : lines) {
            byte[] bytes = line.getBytes(UTF_8);
            assembler.accept(origin, 0, bytes, 0, bytes.length, 0, sink);
        }
        assembler.flush(sink);
        return texts;
    }

    List<JsonNode> events(List<String> lines) {
        List<JsonNode> events = new ArrayList<>();
        for (String text : texts(lines)) {
            events.addAll(auditd.events("audit.log", text));
        }
        return events;
    }
}
