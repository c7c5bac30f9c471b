package io.tocsin.correlator.attack;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.JsonWriter;
import io.tocsin.correlator.rule.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Coverage of ATT&CK as a layer (format 4.5) for the ATT&CK Navigator: each technique that a rule names, with the
/// number of its rules that work as score.
public final class NavigatorLayer {
    private static final String LAYER_VERSION = "4.5";
    private static final String NAVIGATOR_VERSION = "5.1.0";
    private static final int SHOWN_RULES = 20;

    private NavigatorLayer() {}

    /// @param works whether a rule counts; one that does not is only named
    public static String json(String name, List<Rule> rules, Predicate<Rule> works) {
        Map<String, List<Rule>> byTechnique = new TreeMap<>();
        for (Rule rule : rules) {
            for (String technique : rule.techniques()) {
                byTechnique
                        .computeIfAbsent(technique, absent -> new ArrayList<>())
                        .add(rule);
            }
        }
        List<ConfigNode> techniques = new ArrayList<>();
        long most = 1;
        for (Map.Entry<String, List<Rule>> entry : byTechnique.entrySet()) {
            AttackCatalog.Technique known = AttackCatalog.find(entry.getKey());
            if (known == null) {
                continue;
            }
            long working = entry.getValue().stream().filter(works).count();
            most = Math.max(most, working);
            techniques.add(ConfigNode.mapping()
                    .put("techniqueID", known.id())
                    .put("score", working)
                    .put("comment", comment(known, entry.getValue(), works))
                    .put("enabled", true)
                    .build());
        }
        return JsonWriter.write(ConfigNode.mapping()
                .put("name", name)
                .put(
                        "versions",
                        ConfigNode.mapping()
                                .put("attack", AttackCatalog.VERSION)
                                .put("navigator", NAVIGATOR_VERSION)
                                .put("layer", LAYER_VERSION)
                                .build())
                .put("domain", "enterprise-attack")
                .put("description", "rules that can fire, by technique")
                .put("techniques", ConfigNode.sequence(techniques))
                .put("maximum", most)
                .build());
    }

    private static String comment(AttackCatalog.Technique technique, List<Rule> rules, Predicate<Rule> works) {
        StringBuilder text = new StringBuilder(technique.name()).append(": ");
        int shown = 0;
        for (Rule rule : rules) {
            if (shown++ == SHOWN_RULES) {
                text.append("; and ").append(rules.size() - SHOWN_RULES).append(" more");
                break;
            }
            text.append(shown == 1 ? "" : "; ").append(rule.title()).append(works.test(rule) ? "" : " (cannot fire)");
        }
        return text.toString();
    }
}
