package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `hashes_fields`: a field for each kind of hash in the place of one with values such as `MD5=…`. Values
/// of a kind that is not among the valid ones stay in their field; a line without any other is refused.
record HashesFields(List<String> algorithms, String prefix, boolean dropAlgorithm) implements LineTransformation {
    private static final Map<Integer, String> BY_LENGTH = Map.of(32, "MD5", 40, "SHA1", 64, "SHA256", 128, "SHA512");

    static HashesFields read(Settings settings) {
        return new HashesFields(
                settings.texts("valid_hash_algos").stream()
                        .map(name -> name.toUpperCase(Locale.ROOT))
                        .toList(),
                settings.text("field_prefix", ""),
                settings.flag("drop_algo_prefix"));
    }

    @Override
    public @Nullable Selection changed(DetectionItem line, RuleDraft draft) {
        if (!line.isTextual()) {
            return null;
        }
        Map<String, List<ConfigNode>> fields = new LinkedHashMap<>();
        List<ConfigNode> left = new ArrayList<>();
        for (ConfigNode value : line.values()) {
            String algorithm = "";
            if (value instanceof ConfigNode.Scalar scalar && DetectionItem.isText(scalar)) {
                String shown = line.text(scalar).shown();
                String[] parts = shown.split(shown.contains("|") ? "\\|" : "=", -1);
                String hash = parts[parts.length - 1];
                algorithm = parts.length == 2
                        ? parts[0].replaceFirst("^\\*+", "").toUpperCase(Locale.ROOT)
                        : BY_LENGTH.getOrDefault(shown.replace("*", "").length(), "");
                if (algorithms.contains(algorithm)) {
                    String written = ValueText.parseShown(hash).written();
                    fields.computeIfAbsent(prefix + (dropAlgorithm ? "" : algorithm), absent -> new ArrayList<>())
                            .add(new ConfigNode.Scalar(scalar.position(), written, true));
                }
            }
            if (!algorithms.contains(algorithm)) {
                left.add(value);
            }
        }
        if (fields.isEmpty()) {
            draft.refuse(
                    line.position(),
                    "a pipeline wants a hash here [field=" + line.field() + "]: one of "
                            + String.join(", ", algorithms));
            return null;
        }
        draft.given().addAll(fields.keySet());
        List<Selection> lines = new ArrayList<>();
        fields.forEach((field, values) -> lines.add(new DetectionItem(
                line.position(),
                field,
                line.withoutRelations(),
                new ConfigNode.Sequence(line.value().position(), values),
                line.applied())));
        if (!left.isEmpty()) {
            lines.add(line.withValues(left));
        }
        if (lines.size() == 1) {
            return lines.getFirst();
        }
        return line.has("all") || line.has("neq") ? new Selection.All(lines) : new Selection.Any(lines);
    }
}
