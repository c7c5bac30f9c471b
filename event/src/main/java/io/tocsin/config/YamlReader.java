package io.tocsin.config;

import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Reads YAML 1.2 (and so JSON) into [ConfigNode] trees. The only class that knows the YAML library.
///
/// What could make a small text expensive is bounded: size, depth, number of nodes after aliases are followed. Keys
/// must be plain values and stand once; tags other than `!!str` and merge keys are refused. A syntax error ends a
/// text; documents before it are kept.
public final class YamlReader {
    /// Longest text, in characters.
    public static final int MAXIMUM_CHARACTERS = 16 << 20;
    /// Deepest nesting of mappings and lists.
    public static final int MAXIMUM_DEPTH = 64;
    /// Most nodes of one text, each counted as often as an alias repeats it.
    public static final int MAXIMUM_NODES = 1_000_000;

    private static final String TEXT_TAG = "tag:yaml.org,2002:str";
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setCodePointLimit(MAXIMUM_CHARACTERS)
            .setUseMarks(true)
            .build();

    private final String source;
    private final Problems problems;
    private final List<ConfigNode> documents = new ArrayList<>();
    private final Map<String, ConfigNode> anchors = new HashMap<>();
    private final Set<String> openAnchors = new HashSet<>();
    private final Deque<Frame> frames = new ArrayDeque<>();
    private final IdentityHashMap<ConfigNode, Integer> sizes = new IdentityHashMap<>();
    private int nodes;

    /// A collection that is being read.
    private static final class Frame {
        final Position position;
        final @Nullable String anchor;
        final boolean mapping;
        final int nodesBefore;
        final List<ConfigNode> items = new ArrayList<>();
        final List<ConfigNode.Entry> entries = new ArrayList<>();
        final Set<String> names = new HashSet<>();
        ConfigNode.@Nullable Scalar key;
        /// The value that follows belongs to a key that was refused.
        boolean skipValue;

        Frame(Position position, @Nullable String anchor, boolean mapping, int nodesBefore) {
            this.position = position;
            this.anchor = anchor;
            this.mapping = mapping;
            this.nodesBefore = nodesBefore;
        }

        boolean atKey() {
            return mapping && key == null && !skipValue;
        }
    }

    private YamlReader(String source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /// Reads all documents of a file. Empty documents are left out.
    public static List<ConfigNode> readAll(Path file, Problems problems) {
        String source = file.toString();
        try {
            if (Files.size(file) > MAXIMUM_CHARACTERS) {
                problems.add(
                        new Position(source, 1, 1), "file is too large [maximumCharacters=" + MAXIMUM_CHARACTERS + "]");
                return List.of();
            }
            byte[] bytes = Files.readAllBytes(file);
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return readAll(source, text, problems);
        } catch (CharacterCodingException e) {
            problems.add(new Position(source, 1, 1), "file is not UTF-8 text: save it as UTF-8");
            return List.of();
        } catch (IOException e) {
            problems.add(
                    new Position(source, 0, 0),
                    ""
                            + TocsinException.inputOutput("cannot read file", file, e)
                                    .getMessage());
            return List.of();
        }
    }

    /// Reads all documents of a text. Empty documents are left out.
    ///
    /// @param source what to call the text in messages
    public static List<ConfigNode> readAll(String source, String text, Problems problems) {
        if (text.length() > MAXIMUM_CHARACTERS) {
            problems.add(
                    new Position(source, 1, 1), "text is too large [maximumCharacters=" + MAXIMUM_CHARACTERS + "]");
            return List.of();
        }
        YamlReader reader = new YamlReader(source, problems);
        reader.read(text);
        return List.copyOf(reader.documents);
    }

    /// Reads the one document of a text, or reports what is there instead and returns null.
    public static @Nullable ConfigNode read(String source, String text, Problems problems) {
        int before = problems.count();
        List<ConfigNode> documents = readAll(source, text, problems);
        if (problems.count() > before) {
            return null;
        }
        if (documents.size() != 1) {
            Position where = documents.isEmpty()
                    ? new Position(source, 1, 1)
                    : documents.get(1).position();
            problems.add(where, "exactly one document is expected [documents=" + documents.size() + "]");
            return null;
        }
        return documents.getFirst();
    }

    private void read(String text) {
        try {
            for (Event event : new Parse(SETTINGS).parseReader(new WholeCharacters(text))) {
                if (!take(event)) {
                    return;
                }
            }
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            problems.add(position(mark), "not valid YAML: " + readable(e));
        } catch (ReaderException e) {
            problems.add(
                    positionAt(text, e.getPosition()),
                    String.format("character is not allowed in YAML [character=U+%04X]", e.getCodePoint()));
        } catch (YamlEngineException e) {
            problems.add(new Position(source, 1, 1), "not valid YAML: " + e.getMessage());
        }
    }

    /// Returns false when reading cannot go on.
    private boolean take(Event event) {
        switch (event.getEventId()) {
            case DocumentStart -> {
                anchors.clear();
                openAnchors.clear();
            }
            case MappingStart, SequenceStart -> {
                return open((CollectionStartEvent) event);
            }
            case MappingEnd, SequenceEnd -> close();
            case Scalar -> {
                return scalar((ScalarEvent) event);
            }
            case Alias -> {
                return alias((AliasEvent) event);
            }
            case DocumentEnd, StreamStart, StreamEnd, Comment -> {}
        }
        return true;
    }

    private boolean open(CollectionStartEvent event) {
        Position position = position(event.getStartMark());
        checkTag(event.getTag().orElse(null), position);
        if (frames.size() == MAXIMUM_DEPTH) {
            problems.add(position, "nested too deeply [maximumDepth=" + MAXIMUM_DEPTH + "]");
            return false;
        }
        String anchor = anchor(event);
        if (anchor != null) {
            anchors.remove(anchor);
            openAnchors.add(anchor);
        }
        frames.push(new Frame(position, anchor, event instanceof MappingStartEvent, nodes));
        return countNodes(1, position);
    }

    private void close() {
        Frame frame = frames.pop();
        ConfigNode node = frame.mapping
                ? new ConfigNode.Mapping(frame.position, frame.entries)
                : new ConfigNode.Sequence(frame.position, frame.items);
        sizes.put(node, nodes - frame.nodesBefore);
        if (frame.anchor != null) {
            openAnchors.remove(frame.anchor);
            anchors.put(frame.anchor, node);
        }
        add(node);
    }

    private boolean scalar(ScalarEvent event) {
        Position position = position(event.getStartMark());
        String tag = event.getTag().orElse(null);
        checkTag(tag, position);
        boolean quoted = !event.isPlain() || TEXT_TAG.equals(tag) || "!".equals(tag);
        ConfigNode.Scalar node = new ConfigNode.Scalar(position, event.getValue(), quoted);
        String anchor = anchor(event);
        if (anchor != null) {
            anchors.put(anchor, node);
        }
        if (!countNodes(1, position)) {
            return false;
        }
        add(node);
        return true;
    }

    private boolean alias(AliasEvent event) {
        Position position = position(event.getStartMark());
        String name = String.valueOf(anchor(event));
        ConfigNode node = anchors.get(name);
        if (node == null) {
            problems.add(
                    position,
                    openAnchors.contains(name)
                            ? "alias stands inside of what it repeats [alias=" + name + "]"
                            : "alias has no anchor before it [alias=" + name + "]");
            return false;
        }
        if (!countNodes(sizes.getOrDefault(node, 1), position)) {
            return false;
        }
        add(node);
        return true;
    }

    private boolean countNodes(int more, Position position) {
        nodes += more;
        if (nodes > MAXIMUM_NODES) {
            problems.add(position, "too many nodes, or aliases repeat too much [maximumNodes=" + MAXIMUM_NODES + "]");
            return false;
        }
        return true;
    }

    private void add(ConfigNode node) {
        Frame frame = frames.peek();
        if (frame == null) {
            if (!(node instanceof ConfigNode.Scalar scalar && scalar.isNull())) {
                documents.add(node);
            }
        } else if (!frame.mapping) {
            frame.items.add(node);
        } else if (frame.atKey()) {
            addKey(frame, node);
        } else {
            ConfigNode.Scalar key = frame.key;
            if (key != null) {
                frame.entries.add(new ConfigNode.Entry(key.position(), key.text(), node));
            }
            frame.key = null;
            frame.skipValue = false;
        }
    }

    private void addKey(Frame frame, ConfigNode node) {
        if (!(node instanceof ConfigNode.Scalar key)) {
            problems.add(node.position(), "a key must be a plain value, found a " + node.shape());
            frame.skipValue = true;
        } else if (!key.quoted() && key.text().equals("<<")) {
            problems.add(key.position(), "merge keys are not part of YAML 1.2: write the keys out");
            frame.skipValue = true;
        } else if (!frame.names.add(key.text())) {
            problems.add(key.position(), "key stands twice in this mapping [key=" + key.text() + "]");
            frame.skipValue = true;
        } else {
            frame.key = key;
        }
    }

    private void checkTag(@Nullable String tag, Position position) {
        if (tag != null && !tag.equals(TEXT_TAG) && !tag.equals("!")) {
            problems.add(position, "tags are not supported [tag=" + tag + "]");
        }
    }

    private static @Nullable String anchor(NodeEvent event) {
        return event.getAnchor().map(anchor -> anchor.getValue()).orElse(null);
    }

    private Position position(Optional<Mark> mark) {
        return mark.map(at -> new Position(source, at.getLine() + 1, at.getColumn() + 1))
                .orElse(new Position(source, 1, 1));
    }

    private Position positionAt(String text, int index) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < Math.min(index, text.length()); i++) {
            column++;
            if (text.charAt(i) == '\n') {
                line++;
                column = 1;
            }
        }
        return new Position(source, line, column);
    }

    private static String readable(MarkedYamlEngineException e) {
        String context = e.getContext();
        String problem = e.getProblem();
        if (context == null || context.isEmpty()) {
            return String.valueOf(problem);
        }
        // What is never closed is found at the end of the text, and begins somewhere else.
        int began = e.getContextMark().map(Mark::getLine).orElse(-1);
        int found = e.getProblemMark().map(Mark::getLine).orElse(began);
        return problem + " " + context + (began < 0 || began == found ? "" : " [begins=line " + (began + 1) + "]");
    }

    /// Gives a text in pieces that never end between the two halves of a character: the library reads beyond its
    /// buffer when the first half comes last.
    ///
    /// Thread-safety: one thread.
    private static final class WholeCharacters extends Reader {
        private final String text;
        private int at;

        WholeCharacters(String text) {
            this.text = text;
        }

        @Override
        public int read(char[] into, int offset, int length) {
            int count = Math.min(length, text.length() - at);
            if (count == 0) {
                return length == 0 ? 0 : -1;
            }
            if (count > 1 && Character.isHighSurrogate(text.charAt(at + count - 1))) {
                count--;
            }
            text.getChars(at, at + count, into, offset);
            at += count;
            return count;
        }

        @Override
        public void close() {}
    }
}
