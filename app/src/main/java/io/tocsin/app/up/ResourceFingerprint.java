package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.YamlWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/// What a resource says, together with all resources that it names, as short texts that are equal as long as the same
/// is
/// said, on whichever machine: values of variables are left out.
///
/// @param whole of everything; for this process only, because secrets are part of it
/// @param shown of everything but secrets
/// @param parts what `shown` is made of: keys of the resource such as `connector.listen`, and resources that it names
/// such
/// as `normalizer auto`
record ResourceFingerprint(String whole, String shown, Map<String, String> parts) {
    /// Kinds that others name.
    private static final Set<String> NAMED =
            Set.of("dictionary", "enrichment", "filter", "indicators", "normalizer", "table");

    private static final Set<String> SECRETS = Set.of("password", "secret", "token", "tokens");
    private static final int SHOWN_BYTES = 8;
    private static final int PART_BYTES = 4;

    ResourceFingerprint {
        parts = Map.copyOf(parts);
    }

    /// Those of all resources of a kind, by name.
    static Map<String, ResourceFingerprint> of(Resources resources, String kind) {
        Map<Resource, Set<String>> texts = new HashMap<>();
        Map<String, ResourceFingerprint> fingerprints = new LinkedHashMap<>();
        for (Resource resource : resources.ofKind(kind)) {
            fingerprints.put(resource.name(), of(resource, resources, texts));
        }
        return fingerprints;
    }

    private static ResourceFingerprint of(Resource resource, Resources resources, Map<Resource, Set<String>> texts) {
        Map<String, Resource> named = named(resource, resources, texts);
        StringBuilder whole = new StringBuilder(YamlWriter.write(resource.written()));
        Map<String, String> parts = new TreeMap<>();
        flatten("", resource.written(), parts);
        named.forEach((name, other) -> {
            String text = YamlWriter.write(other.written());
            whole.append(text);
            parts.put(name, hash(text, PART_BYTES));
        });
        return new ResourceFingerprint(hash(whole.toString(), SHOWN_BYTES), hash(parts.toString(), SHOWN_BYTES), parts);
    }

    /// A text of a document that is the name of a resource counts as naming it: at worst that is one too many.
    private static Map<String, Resource> named(
            Resource resource, Resources resources, Map<Resource, Set<String>> texts) {
        Map<String, Resource> named = new TreeMap<>();
        Deque<Resource> open = new ArrayDeque<>(List.of(resource));
        while (!open.isEmpty()) {
            Resource next = open.pop();
            for (String text : texts.computeIfAbsent(next, each -> texts(each.written()))) {
                NAMED.stream()
                        .map(kind -> resources.find(kind, text))
                        .filter(Objects::nonNull)
                        .filter(other -> named.putIfAbsent(other.kind() + " " + other.name(), other) == null)
                        .forEach(open::push);
            }
        }
        return named;
    }

    private static Set<String> texts(ConfigNode node) {
        Set<String> texts = new HashSet<>();
        Deque<ConfigNode> open = new ArrayDeque<>(List.of(node));
        while (!open.isEmpty()) {
            switch (open.pop()) {
                case ConfigNode.Scalar scalar -> texts.add(scalar.text());
                case ConfigNode.Sequence sequence -> sequence.items().forEach(open::push);
                case ConfigNode.Mapping mapping -> mapping.entries().forEach(entry -> open.push(entry.value()));
            }
        }
        return texts;
    }

    /// Values stand by their hashes: whoever may see fingerprints may not see everything that is configured.
    private static void flatten(String path, ConfigNode.Mapping mapping, Map<String, String> parts) {
        for (ConfigNode.Entry entry : mapping.entries()) {
            String key = path.isEmpty() || path.equals("spec") ? entry.name() : path + "." + entry.name();
            if (SECRETS.contains(entry.name())) {
                continue;
            }
            if (entry.value() instanceof ConfigNode.Mapping inner) {
                flatten(key, inner, parts);
            } else {
                parts.put(key, hash(YamlWriter.write(entry.value()), PART_BYTES));
            }
        }
    }

    private static String hash(String text, int bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
