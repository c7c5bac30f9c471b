package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaActions;
import io.tocsin.correlator.sigma.SigmaCollection;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// Reads rules from files, folders of them (checkouts too), and zip archives. Own rules and Sigma rules may stand
/// together, several in a file. Other resources are left alone. A rule with anything wrong in it is left out as a
/// whole; the others are used.
///
/// Thread-safety: one thread.
public final class RuleLoader {
    private static final List<String> KINDS =
            List.of("active-list", "context-table", "dictionary", "rule", "rule-variables", "sigma-mapping", "table");

    private static final Pattern SEPARATOR = Pattern.compile("[/\\\\]");
    /// More files than this in an archive are not looked at.
    private static final int MAXIMUM_ARCHIVE_ENTRIES = 100_000;
    /// Most bytes of all files in an archive, unpacked.
    private static final long MAXIMUM_ARCHIVE_BYTES = 128L << 20;
    /// Longest file in an archive.
    private static final int MAXIMUM_FILE_BYTES = 16 << 20;

    private final SigmaTaxonomy taxonomy;
    /// Read at the end, when all mappings are known.
    private final List<ConfigNode> sigma = new ArrayList<>();

    /// Read at the end as well, when variables and tables are known.
    private final List<ConfigNode> own = new ArrayList<>();

    private final RuleContext context;
    private final List<ConfigNode> mappings = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final List<RuleFailure> failures = new ArrayList<>();
    private final Map<String, Rule> byId = new HashMap<>();
    private int failedRules;

    private RuleLoader(SigmaTaxonomy taxonomy, FixedTableReader reader) {
        this.taxonomy = taxonomy;
        context = new RuleContext(reader);
    }

    /// Reads all rules below the paths, in the order of the paths and, in a folder, of the names.
    ///
    /// @param taxonomy how Sigma rules name fields
    /// @throws IOException when a path does not exist or a folder cannot be listed
    public static LoadedRules load(List<Path> paths, SigmaTaxonomy taxonomy) throws IOException {
        return load(paths, taxonomy, FixedTableReader.WRITTEN);
    }

    /// The same.
    ///
    /// @param reader reads dictionaries and tables
    public static LoadedRules load(List<Path> paths, SigmaTaxonomy taxonomy, FixedTableReader reader)
            throws IOException {
        RuleLoader loader = new RuleLoader(taxonomy, reader);
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                List<Path> files;
                try (Stream<Path> walk = Files.walk(path)) {
                    files = walk.filter(RuleLoader::isRuleFile)
                            .filter(file -> !isHidden(path.relativize(file).toString()))
                            .sorted()
                            .toList();
                }
                for (Path file : files) {
                    loader.file(file);
                }
            } else if (Files.exists(path)) {
                if (path.toString().endsWith(".zip")) {
                    loader.archive(path);
                } else {
                    loader.file(path);
                }
            } else {
                throw new IOException("no such file or folder [path=" + path + "]");
            }
        }
        return loader.finish();
    }

    /// Reads the rules of a text.
    ///
    /// @param source what to call the text in messages
    public static LoadedRules read(String source, String text, SigmaTaxonomy taxonomy) {
        RuleLoader loader = new RuleLoader(taxonomy, FixedTableReader.WRITTEN);
        Problems problems = new Problems();
        List<ConfigNode> documents = YamlReader.readAll(source, text, problems);
        loader.documents(documents, problems, new Position(source, 1, 1));
        return loader.finish();
    }

    private static boolean isRuleFile(Path file) {
        String name = file.getFileName().toString();
        return (name.endsWith(".yml") || name.endsWith(".yaml"))
                && !name.endsWith(".tests.yaml")
                && !name.endsWith(".tests.yml")
                && Files.isRegularFile(file);
    }

    /// True below folders such as `.git` and `.github`: a checkout holds more than rules.
    private static boolean isHidden(String file) {
        for (String part : SEPARATOR.split(file, -1)) {
            if (part.length() > 1 && part.startsWith(".") && !part.equals("..")) {
                return true;
            }
        }
        return false;
    }

    /// Reads the rules in a zip archive, in the order of their names. Nothing of it is written anywhere; names
    /// only say in messages where a rule is.
    private void archive(Path archive) {
        Position place = new Position(archive.toString(), 1, 1);
        Problems problems = new Problems();
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            entries(zip, archive, problems);
        } catch (IOException | IllegalArgumentException | InternalError e) {
            // Names that are no UTF-8 and damaged tables come as any of these.
            problems.add(place, "not a zip archive that can be read: pack it anew [reason=" + e.getMessage() + "]");
        }
        if (!problems.isEmpty()) {
            fail("", problems.list(), place);
        }
    }

    private void entries(ZipFile zip, Path archive, Problems problems) throws IOException {
        Position place = new Position(archive.toString(), 1, 1);
        if (zip.size() > MAXIMUM_ARCHIVE_ENTRIES) {
            problems.add(place, "archive holds too many files [maximum=" + MAXIMUM_ARCHIVE_ENTRIES + "]");
            return;
        }
        List<ZipEntry> entries = new ArrayList<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            String name = entry.getName();
            boolean isRule = (name.endsWith(".yml") || name.endsWith(".yaml"))
                    && !name.endsWith(".tests.yaml")
                    && !name.endsWith(".tests.yml")
                    && !isHidden(name);
            if (isRule && !entry.isDirectory()) {
                entries.add(entry);
            }
        }
        entries.sort(Comparator.comparing(ZipEntry::getName));
        long left = MAXIMUM_ARCHIVE_BYTES;
        for (ZipEntry entry : entries) {
            // What the archive says of the length is not to be believed.
            try (InputStream in = zip.getInputStream(entry)) {
                byte[] bytes = in.readNBytes(MAXIMUM_FILE_BYTES + 1);
                left -= bytes.length;
                if (left < 0) {
                    problems.add(
                            place,
                            "files of the archive are too long together: its other rules are left out [maximumBytes="
                                    + MAXIMUM_ARCHIVE_BYTES + ", first=" + entry.getName() + "]");
                    return;
                }
                entry(archive + "!/" + entry.getName(), bytes);
            }
        }
    }

    private void entry(String source, byte[] bytes) {
        Position start = new Position(source, 1, 1);
        Problems problems = new Problems();
        List<ConfigNode> documents = List.of();
        if (bytes.length > MAXIMUM_FILE_BYTES) {
            problems.add(start, "file is too long for rules [maximumBytes=" + MAXIMUM_FILE_BYTES + "]");
        } else {
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
                documents = YamlReader.readAll(source, text, problems);
            } catch (CharacterCodingException e) {
                problems.add(start, "file is not UTF-8 text: save it as UTF-8");
            }
        }
        documents(documents, problems, start);
    }

    private void file(Path file) {
        Problems problems = new Problems();
        documents(YamlReader.readAll(file, problems), problems, new Position(file.toString(), 1, 1));
    }

    private void documents(List<ConfigNode> documents, Problems syntax, Position start) {
        if (!syntax.isEmpty()) {
            // What the reader could not make sense of may change the meaning of what it could.
            fail("", syntax.list(), start);
            return;
        }
        for (ConfigNode document : SigmaActions.expand(documents)) {
            Problems problems = new Problems();
            if (RuleReader.isRule(document)) {
                own.add(document);
            } else if (RuleContext.isPart(document)) {
                context.add(document, problems);
                if (!problems.isEmpty()) {
                    fail("", problems.list(), document.position());
                }
            } else if (SigmaTaxonomy.isMapping(document)) {
                mappings.add(document);
            } else if (SigmaCollection.isSigma(document)) {
                sigma.add(document);
            } else {
                misspelt(document);
            }
        }
    }

    /// Other documents may stand beside rules. One that is made like ours, with a kind that is nearly one of those that
    /// are read here, was meant to be read.
    private void misspelt(ConfigNode document) {
        String kind = document instanceof ConfigNode.Mapping mapping ? mapping.text("kind") : null;
        if (kind == null || !(document instanceof ConfigNode.Mapping mapping) || mapping.get("spec") == null) {
            return;
        }
        String near = Suggestions.hint(kind, KINDS);
        if (!near.isEmpty()) {
            Problems problems = new Problems();
            problems.add(document.position(), "unknown kind of resource [kind=" + kind + "]" + near);
            String name = mapping.text("name");
            fail(name == null ? "" : name, problems.list(), document.position());
        }
    }

    /// Reads own rules, now that what they may use is known, and puts Sigma's together.
    private LoadedRules finish() {
        for (ConfigNode document : own) {
            Problems problems = new Problems();
            take(RuleReader.read(document, context, problems), document, problems, "name");
        }
        Problems wrong = new Problems();
        Problems passedOver = new Problems();
        SigmaCollection collection = new SigmaCollection(taxonomy.with(mappings, wrong, passedOver));
        if (!wrong.isEmpty()) {
            fail("", wrong.list(), mappings.getFirst().position());
        }
        for (ConfigNode document : sigma) {
            SigmaCollection.Outcome refused = collection.add(document);
            if (refused != null) {
                fail(refused.id(), refused.problems().list(), refused.position());
            }
        }
        for (SigmaCollection.Outcome outcome : collection.link()) {
            Rule rule = outcome.rule();
            if (!outcome.problems().isEmpty()) {
                fail(outcome.id(), outcome.problems().list(), outcome.position());
            } else if (rule != null) {
                add(rule, new Problems());
            }
        }
        List<RuleFailure> notes = new ArrayList<>();
        passedOver.addAll(collection.notes().list());
        for (Problem note : passedOver.list()) {
            notes.add(new RuleFailure(note.source(), note.line(), "", note.message()));
        }
        return new LoadedRules(rules, failures, failedRules, notes, context.tables(), context.fixedTables());
    }

    private void take(@Nullable Rule rule, ConfigNode document, Problems problems, String key) {
        String name = document instanceof ConfigNode.Mapping mapping ? mapping.text(key) : null;
        if (rule == null) {
            fail(name == null ? "" : name, problems.list(), document.position());
            return;
        }
        add(rule, problems);
    }

    private void add(Rule rule, Problems problems) {
        Rule first = byId.putIfAbsent(rule.id(), rule);
        if (first != null) {
            problems.add(
                    rule.position(),
                    "another rule has the same name or id [rule=" + rule.id() + ", first=" + first.position() + "]");
            fail(rule.id(), problems.list(), rule.position());
            return;
        }
        rules.add(rule);
    }

    private void fail(String rule, List<Problem> problems, Position otherwise) {
        failedRules++;
        for (Problem problem : problems) {
            Position place = problem.line() == 0 ? otherwise : problem.position();
            failures.add(new RuleFailure(place.source(), place.line(), rule, problem.message()));
        }
    }
}
