package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaCollection;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    /// More files than this in an archive are not looked at.
    private static final int MAXIMUM_ARCHIVE_ENTRIES = 100_000;
    /// Longest file in an archive.
    private static final int MAXIMUM_FILE_BYTES = 16 << 20;

    private final SigmaTaxonomy taxonomy;
    /// Read at the end, when all mappings are known.
    private final List<ConfigNode> sigma = new ArrayList<>();

    /// Read at the end as well, when variables and tables are known.
    private final List<ConfigNode> own = new ArrayList<>();

    private final RuleContext context = new RuleContext();
    private final List<ConfigNode> mappings = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final List<RuleFailure> failures = new ArrayList<>();
    private final Map<String, Rule> byId = new HashMap<>();
    private int failedRules;

    private RuleLoader(SigmaTaxonomy taxonomy) {
        this.taxonomy = taxonomy;
    }

    /// Reads all rules below the paths, in the order of the paths and, in a folder, of the names.
    ///
    /// @param taxonomy how Sigma rules name fields
    /// @throws IOException when a path does not exist or a folder cannot be listed
    public static LoadedRules load(List<Path> paths, SigmaTaxonomy taxonomy) throws IOException {
        RuleLoader loader = new RuleLoader(taxonomy);
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                List<Path> files;
                try (Stream<Path> walk = Files.walk(path)) {
                    files = walk.filter(RuleLoader::isRuleFile)
                            .filter(file -> !isHidden(path.relativize(file)))
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
        RuleLoader loader = new RuleLoader(taxonomy);
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
    private static boolean isHidden(Path file) {
        for (Path part : file) {
            String name = part.toString();
            if (name.length() > 1 && name.startsWith(".") && !name.equals("..")) {
                return true;
            }
        }
        return false;
    }

    /// Reads the rules in a zip archive, in the order of their names.
    private void archive(Path archive) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            List<ZipEntry> entries = new ArrayList<>();
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String name = entry.getName();
                boolean isRule = (name.endsWith(".yml") || name.endsWith(".yaml"))
                        && !name.endsWith(".tests.yaml")
                        && !name.endsWith(".tests.yml")
                        && !isHidden(Path.of(name));
                if (isRule && !entry.isDirectory()) {
                    entries.add(entry);
                }
            }
            if (entries.size() > MAXIMUM_ARCHIVE_ENTRIES) {
                throw new IOException("archive holds too many files [archive=" + archive + ", maximum="
                        + MAXIMUM_ARCHIVE_ENTRIES + "]");
            }
            entries.sort(Comparator.comparing(ZipEntry::getName));
            for (ZipEntry entry : entries) {
                String source = archive + "!/" + entry.getName();
                // What the archive says of the length is not to be believed.
                try (InputStream in = zip.getInputStream(entry)) {
                    byte[] bytes = in.readNBytes(MAXIMUM_FILE_BYTES + 1);
                    Problems problems = new Problems();
                    if (bytes.length > MAXIMUM_FILE_BYTES) {
                        problems.add(
                                new Position(source, 1, 1),
                                "file is too long for rules [maximumBytes=" + MAXIMUM_FILE_BYTES + "]");
                    }
                    List<ConfigNode> documents = problems.isEmpty()
                            ? YamlReader.readAll(source, new String(bytes, StandardCharsets.UTF_8), problems)
                            : List.of();
                    documents(documents, problems, new Position(source, 1, 1));
                }
            }
        }
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
        for (ConfigNode document : SigmaCollection.expand(documents)) {
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
            }
        }
    }

    /// Reads own rules, now that what they may use is known, and puts Sigma's together.
    private LoadedRules finish() {
        for (ConfigNode document : own) {
            Problems problems = new Problems();
            take(RuleReader.read(document, context, problems), document, problems, "name");
        }
        Problems wrong = new Problems();
        SigmaCollection collection = new SigmaCollection(taxonomy.with(mappings, wrong));
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
        for (Problem note : collection.notes().list()) {
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
