package io.tocsin.app.report;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// An event of `sigma-events.yaml` that carries an attack.
///
/// @param logsource product, category and service of the rules it is for, joined by `/`
/// @param assemble true when the text is lines of one event that auditd wrote
/// @param raw the event by Sigma's names; empty when the text has them
/// @param fires rules that must fire, raw and normalized
/// @param normalizedOnly rules that may fire on the normalized event only
record SigmaAttack(
        String name,
        String logsource,
        boolean assemble,
        String text,
        Map<String, String> raw,
        List<String> fires,
        List<String> normalizedOnly) {
    static List<SigmaAttack> all() throws IOException {
        List<SigmaAttack> attacks = new ArrayList<>();
        try (var in = Objects.requireNonNull(SigmaAttack.class.getResourceAsStream("sigma-events.yaml"))) {
            Problems problems = new Problems();
            List<ConfigNode> documents = YamlReader.readAll(
                    "sigma-events.yaml", new String(in.readAllBytes(), StandardCharsets.UTF_8), problems);
            problems.throwIfAny();
            for (ConfigNode item : ((ConfigNode.Sequence) documents.getFirst()).items()) {
                attacks.add(of((ConfigNode.Mapping) item));
            }
        }
        return attacks;
    }

    private static SigmaAttack of(ConfigNode.Mapping said) {
        Map<String, String> raw = new LinkedHashMap<>();
        if (said.get("raw") instanceof ConfigNode.Mapping values) {
            values.entries().forEach(entry -> raw.put(entry.name(), ((ConfigNode.Scalar) entry.value()).text()));
        }
        return new SigmaAttack(
                String.valueOf(said.text("name")),
                String.valueOf(said.text("logsource")),
                "true".equals(said.text("assemble")),
                String.valueOf(said.text("text")),
                raw,
                texts(said, "fires"),
                texts(said, "normalizedOnly"));
    }

    private static List<String> texts(ConfigNode.Mapping said, String name) {
        return said.get(name) instanceof ConfigNode.Sequence list
                ? list.items().stream()
                        .map(item -> ((ConfigNode.Scalar) item).text())
                        .toList()
                : List.of();
    }
}
