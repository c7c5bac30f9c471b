package io.tocsin.correlator.attack;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The techniques of ATT&CK (Enterprise) that public rules speak of.
///
/// Thread-safety: immutable.
public final class AttackCatalog {
    /// The version of ATT&CK that the table follows. It split the tactic `defense-evasion` in two; rules that still
    /// name that one, or techniques that it revoked, are understood.
    public static final String VERSION = "19";

    /// The tactics in the order of an attack.
    public static final List<String> TACTICS = List.of(
            "reconnaissance",
            "resource-development",
            "initial-access",
            "execution",
            "persistence",
            "privilege-escalation",
            "stealth",
            "defense-impairment",
            "credential-access",
            "discovery",
            "lateral-movement",
            "collection",
            "command-and-control",
            "exfiltration",
            "impact");

    /// A technique or sub-technique.
    ///
    /// @param id such as `T1110.001`
    /// @param name of the technique alone, also for a sub-technique
    public record Technique(String id, String name, List<String> tactics) {
        public Technique {
            tactics = List.copyOf(tactics);
        }
    }

    private static final Map<String, Technique> TECHNIQUES = read();

    private AttackCatalog() {}

    /// The technique of this identifier, or null.
    public static @Nullable Technique find(String id) {
        return TECHNIQUES.get(id.toUpperCase(Locale.ROOT));
    }

    public static boolean isKnownTechnique(String id) {
        return find(id) != null;
    }

    /// True also for the one that [#VERSION] split in two.
    public static boolean isKnownTactic(String name) {
        return TACTICS.contains(name) || name.equals("defense-evasion");
    }

    private static Map<String, Technique> read() {
        Map<String, Technique> techniques = new LinkedHashMap<>();
        try (InputStream in = AttackCatalog.class.getResourceAsStream("enterprise.txt")) {
            if (in == null) {
                throw new IllegalStateException("BUG: the table of techniques is missing");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            String parent = "";
            List<String> tactics = List.of();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() || line.startsWith("#")) {
                    continue;
                }
                List<String> columns = List.of(line.split("\\|", -1));
                String id = columns.getFirst();
                if (id.startsWith(".")) {
                    id = parent + id;
                } else {
                    parent = id;
                    tactics = List.of(columns.get(2).split(",", -1));
                }
                techniques.put(id, new Technique(id, columns.get(1), tactics));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return techniques;
    }
}
