package io.tocsin.app.up;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.Substitution;
import io.tocsin.config.Suggestions;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.sigma.SigmaCollection;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The resource files of an installation: what ships with the product, and above it what its user wrote. A user's
/// resource replaces the shipped one of the same kind and name; as soon as the user has a collector, the shipped
/// collectors stay away. Files that end in `.tests.yaml` hold tests and are passed over; documents with `detection`
/// are Sigma rules, those with `transformations` their processing pipelines, and so is what stands in zip archives.
/// Folders and files whose name begins with a dot are not looked at. In the checkout of another repository (a folder
/// with `.git` below the one that is read) there may be YAML files of any kind; those that are no resources are
/// passed over.
///
/// Immutable.
public final class Resources {
    static final List<String> KINDS = List.of(
            "active-list",
            "asset-category",
            "buffer",
            "collector",
            "context-table",
            "destination",
            "dictionary",
            "enrichment",
            "filter",
            "indicators",
            "normalizer",
            "response",
            "router",
            "rule",
            "rule-limits",
            "rule-variables",
            "segmentation",
            "sigma-mapping",
            "table");
    /// Kinds that name addresses and files of the machine.
    private static final Set<String> WITH_VARIABLES =
            Set.of("collector", "destination", "enrichment", "indicators", "response");

    /// @param name unique within the kind
    /// @param document the whole document; in collectors variables are replaced
    /// @param written the document as it stands in the file
    public record Resource(
            String kind,
            String name,
            Path file,
            boolean shipped,
            ConfigNode.Mapping document,
            ConfigNode.Mapping written) {}

    private final Map<String, Map<String, Resource>> byKind = new LinkedHashMap<>();
    private final List<Path> sigmaFiles = new ArrayList<>();
    private final List<ConfigNode> pipelines = new ArrayList<>();

    private Resources() {
        for (String kind : KINDS) {
            byKind.put(kind, new LinkedHashMap<>());
        }
    }

    /// Reads the shipped folder and, when given, the user's. Everything wrong goes into `problems`.
    ///
    /// @param variables values for `${NAME}` in collectors
    public static Resources load(
            Path shipped, @Nullable Path own, Function<String, @Nullable String> variables, Problems problems) {
        Resources resources = new Resources();
        resources.read(shipped, true, variables, problems);
        if (own != null) {
            Resources mine = new Resources();
            mine.read(own, false, variables, problems);
            if (!mine.ofKind("collector").isEmpty()) {
                resources.kind("collector").clear();
            }
            for (String kind : KINDS) {
                resources.kind(kind).putAll(mine.kind(kind));
            }
            resources.sigmaFiles.addAll(mine.sigmaFiles);
            resources.pipelines.addAll(mine.pipelines);
        }
        return resources;
    }

    /// The resources of one of the kinds, in order of files.
    public List<Resource> ofKind(String kind) {
        return List.copyOf(kind(kind).values());
    }

    /// The resource of this kind and name, or null.
    public @Nullable Resource find(String kind, String name) {
        return kind(kind).get(name);
    }

    /// Files that hold Sigma rules.
    public List<Path> sigmaFiles() {
        return List.copyOf(sigmaFiles);
    }

    /// Processing pipelines for Sigma rules.
    public List<ConfigNode> pipelines() {
        return List.copyOf(pipelines);
    }

    private Map<String, Resource> kind(String kind) {
        Map<String, Resource> resources = byKind.get(kind);
        if (resources == null) {
            throw new IllegalArgumentException("unknown kind of resource [kind=" + kind + "]");
        }
        return resources;
    }

    private void read(Path folder, boolean shipped, Function<String, @Nullable String> variables, Problems problems) {
        ResourceFiles files = ResourceFiles.below(folder, problems);
        sigmaFiles.addAll(files.archives());
        for (Path file : files.yaml()) {
            boolean foreign = files.isInCheckout(file);
            Problems found = foreign ? new Problems() : problems;
            boolean sigma = false;
            for (ConfigNode node : YamlReader.readAll(file, found)) {
                if (!(node instanceof ConfigNode.Mapping document)) {
                    found.add(
                            node.position(),
                            "a resource is a mapping with kind, name and spec, this is a " + node.shape());
                } else if (SigmaCollection.isSigma(document)) {
                    sigma = true;
                } else if (SigmaTaxonomy.isPipeline(document)) {
                    pipelines.add(document);
                } else if (!foreign || isResource(document)) {
                    add(substituted(document, variables, problems), document, file, shipped, problems);
                }
            }
            if (sigma) {
                sigmaFiles.add(file);
            }
        }
    }

    private boolean isResource(ConfigNode.Mapping document) {
        String kind = document.text("kind");
        return kind != null && byKind.containsKey(kind) && document.get("spec") != null;
    }

    /// Variables are for what differs from machine to machine: addresses and paths of collectors, destinations,
    /// enrichments and threat lists. Rules and normalizers are full of `$` of their own.
    private static ConfigNode.Mapping substituted(
            ConfigNode.Mapping document, Function<String, @Nullable String> variables, Problems problems) {
        return WITH_VARIABLES.contains(String.valueOf(document.text("kind")))
                        && Substitution.apply(document, variables, problems) instanceof ConfigNode.Mapping replaced
                ? replaced
                : document;
    }

    private void add(
            ConfigNode.Mapping document, ConfigNode.Mapping written, Path file, boolean shipped, Problems problems) {
        String kind = document.text("kind");
        String name = document.text("name");
        if (kind == null) {
            problems.add(document.position(), "resource has no kind: one of " + String.join(", ", KINDS));
            return;
        }
        Map<String, Resource> resources = byKind.get(kind);
        if (resources == null) {
            // Mappings of other products' fields are read by the rule compiler itself.
            if (!shipped) {
                problems.add(
                        document.position(),
                        "unknown kind of resource [kind=" + kind + "]" + Suggestions.hint(kind, KINDS));
            }
            return;
        }
        if (name == null || name.isBlank()) {
            problems.add(document.position(), "resource has no name [kind=" + kind + "]");
            return;
        }
        Resource before = resources.put(name, new Resource(kind, name, file, shipped, document, written));
        if (before != null) {
            problems.add(
                    document.position(),
                    "name stands twice [kind=" + kind + ", name=" + name + "], also in " + before.file());
        }
    }
}
