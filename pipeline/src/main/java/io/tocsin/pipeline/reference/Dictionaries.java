package io.tocsin.pipeline.reference;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.error.TocsinException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The dictionaries and tables of one process, each opened once however many stages use it. What is referred to
/// is a name of a resource (`kind: dictionary` or `kind: table`), or the `spec` of one written in place.
///
/// Thread-safety: any thread.
public final class Dictionaries {
    private final Function<String, @Nullable ConfigNode> resources;
    private final Map<String, DictionarySource> open = new HashMap<>();
    private final List<DictionarySource> all = new ArrayList<>();

    /// @param resources gives the whole document of a dictionary or table with a name, or null
    public Dictionaries(Function<String, @Nullable ConfigNode> resources) {
        this.resources = resources;
    }

    /// Opens what `node` refers to.
    ///
    /// @param kind [DictionaryConfig#DICTIONARY_KIND] or [DictionaryConfig#TABLE_KIND]: how to read a `spec` that
    /// stands in place; a name finds both kinds
    /// @return null after at least one problem was added
    public synchronized @Nullable DictionarySource open(String kind, ConfigNode node, Problems problems) {
        if (!(node instanceof ConfigNode.Scalar scalar)) {
            return open("inline", kind, node, node.position(), problems);
        }
        String name = scalar.text();
        DictionarySource known = open.get(name);
        if (known != null) {
            return known;
        }
        if (!(resources.apply(name) instanceof ConfigNode.Mapping document)) {
            problems.add(scalar.position(), "no such " + kind + " [" + kind + "=" + name + "]");
            return null;
        }
        String written = document.text("kind");
        ConfigNode spec = document.get("spec");
        if (spec == null
                || written == null
                || (!DictionaryConfig.DICTIONARY_KIND.equals(written)
                        && !DictionaryConfig.TABLE_KIND.equals(written))) {
            problems.add(
                    document.position(), "not a dictionary: kind: dictionary or kind: table and spec are expected");
            return null;
        }
        DictionarySource source = open(name, written, spec, document.position(), problems);
        if (source != null) {
            open.put(name, source);
        }
        return source;
    }

    private @Nullable DictionarySource open(
            String name, String kind, ConfigNode spec, Position place, Problems problems) {
        DictionaryConfig config = DictionaryConfig.read(kind, spec, problems);
        if (config == null) {
            return null;
        }
        try {
            DictionarySource source = DictionarySource.open(name, config);
            all.add(source);
            return source;
        } catch (TocsinException e) {
            problems.add(place, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /// Reads changed files again. Call from time to time.
    public void refresh() {
        List<DictionarySource> sources;
        synchronized (this) {
            sources = List.copyOf(all);
        }
        sources.forEach(DictionarySource::refresh);
    }
}
