package io.tocsin.pipeline.normalizer;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A node of the tree of all mapped paths: what to do with a value found there and what may lie below it. Immutable.
final class JsonPath {
    private static final int MAXIMUM_ELEMENTS = 1000;

    private final byte[] name;
    private final @Nullable Target target;
    private final KeyTable<JsonPath> children;
    private final @Nullable JsonPath[] elements;

    private JsonPath(
            String name, @Nullable Target target, Map<String, JsonPath> children, @Nullable JsonPath[] elements) {
        this.name = name.getBytes(StandardCharsets.UTF_8);
        this.target = target;
        this.children = new KeyTable<>(children);
        this.elements = elements;
    }

    /// The root of the tree of dotted paths. Each path is also a key of the root, for objects whose keys contain dots.
    static JsonPath of(Map<String, Target> targets) {
        Draft root = new Draft();
        targets.forEach((path, target) -> {
            Draft at = root;
            for (String step : path.split("\\.", -1)) {
                at = at.children.computeIfAbsent(step, _ -> new Draft());
            }
            at.target = target;
        });
        targets.forEach((path, target) -> {
            Draft flat = root.children.computeIfAbsent(path, _ -> new Draft());
            flat.target = target;
        });
        return root.freeze("");
    }

    byte[] name() {
        return name;
    }

    @Nullable
    Target target() {
        return target;
    }

    boolean hasChildren() {
        return !children.isEmpty();
    }

    @Nullable
    JsonPath child(byte[] bytes, int offset, int length) {
        return children.find(bytes, offset, length);
    }

    /// What is mapped for an element of an array, or null.
    @Nullable
    JsonPath element(int index) {
        return index < elements.length ? elements[index] : null;
    }

    /// A node while paths are added.
    ///
    /// Thread-safety: one thread.
    private static final class Draft {
        private final Map<String, Draft> children = new LinkedHashMap<>();
        private @Nullable Target target;

        private JsonPath freeze(String name) {
            Map<String, JsonPath> frozen = new LinkedHashMap<>();
            int highest = -1;
            for (Map.Entry<String, Draft> entry : children.entrySet()) {
                frozen.put(entry.getKey(), entry.getValue().freeze(entry.getKey()));
                highest = Math.max(highest, index(entry.getKey()));
            }
            @Nullable JsonPath[] elements = new JsonPath[highest + 1];
            frozen.forEach((key, node) -> {
                int index = index(key);
                if (index >= 0) {
                    elements[index] = node;
                }
            });
            return new JsonPath(name, target, frozen, elements);
        }

        private static int index(String step) {
            if (step.isEmpty() || step.length() > 3 || !step.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return -1;
            }
            int value = Integer.parseInt(step);
            return value < MAXIMUM_ELEMENTS ? value : -1;
        }
    }
}
