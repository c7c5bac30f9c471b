package io.tocsin.app.detect;

import io.tocsin.core.event.EventFields;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads events from files, and from all files of folders, in order of their paths. Files may be gzipped; JSON may
/// stand one object a line, several lines an object, or as one array.
///
/// Thread-safety: one thread.
public final class EventFiles {
    private static final int DEEPEST = 100;

    private final InputFormat format;
    private final Receiver receiver;
    /// Objects may follow one another without a separator.
    private final JsonMapper mapper = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private long unreadable;

    /// Takes the events.
    public interface Receiver {
        /// Opens an event.
        ///
        /// @param timeMillis when it happened, -1 when it does not say
        /// @param raw source text
        EventBatch begin(String file, int line, long timeMillis, byte[] raw);

        /// Ends it, after its fields were set.
        void end();

        /// Something in a file is no event.
        void unreadable(String file, int line, String reason);
    }

    public EventFiles(InputFormat format, Receiver receiver) {
        this.format = format;
        this.receiver = receiver;
    }

    /// The files below the paths, in order.
    ///
    /// @throws IOException when a path does not exist
    public static List<Path> expand(List<Path> paths) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                try (Stream<Path> walk = Files.walk(path)) {
                    walk.filter(Files::isRegularFile)
                            .filter(EventFiles::mayHoldEvents)
                            .sorted()
                            .forEach(files::add);
                }
            } else if (Files.exists(path)) {
                files.add(path);
            } else {
                throw new IOException("no such file or folder [path=" + path + "]");
            }
        }
        return files;
    }

    private static boolean mayHoldEvents(Path file) {
        String name = file.getFileName().toString();
        String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
        return Stream.of(".json", ".jsonl", ".ndjson", ".log", ".xml").anyMatch(plain::endsWith);
    }

    public void read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            read(file.toString(), file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in);
        }
    }

    /// Reads a stream to its end.
    public void read(String name, InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        if (firstCharacter(buffered) == '<') {
            readXml(name, buffered);
        } else {
            readJson(name, buffered);
        }
    }

    /// Number of things that were no events.
    public long unreadable() {
        return unreadable;
    }

    private static int firstCharacter(BufferedInputStream in) throws IOException {
        in.mark(4096);
        int c = in.read();
        // Blanks and the byte order mark say nothing.
        for (int i = 0;
                i < 4000 && (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0xEF || c == 0xBB || c == 0xBF);
                i++) {
            c = in.read();
        }
        in.reset();
        return c;
    }

    private void readJson(String name, InputStream in) throws IOException {
        try (JsonParser parser = mapper.createParser(in)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_ARRAY || token == JsonToken.END_ARRAY) {
                    continue;
                }
                int line = parser.currentTokenLocation().getLineNr();
                JsonNode node = mapper.readTree(parser);
                if (node.isObject()) {
                    json(name, line, node);
                } else {
                    refuse(name, line, "a JSON object is expected");
                }
            }
        } catch (JacksonException e) {
            // After broken JSON nothing tells where the next object begins.
            refuse(
                    name,
                    e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                    "not JSON from here on: " + e.getOriginalMessage());
        }
    }

    private void json(String name, int line, JsonNode node) {
        byte[] raw = node.toString().getBytes(StandardCharsets.UTF_8);
        boolean nested = WindowsEvents.isNested(node);
        if (format == InputFormat.winevent || (format == InputFormat.auto && nested)) {
            emit(name, line, nested ? WindowsEvents.values(node) : flat(node), raw);
        } else if (format == InputFormat.events || (format == InputFormat.auto && isOurs(node))) {
            Map<String, String> values = flat(node);
            long time = EventTime.millis(values);
            EventBatch batch = receiver.begin(name, line, time, raw);
            EventFields.set(batch.builder(), node);
            receiver.end();
        } else {
            emit(name, line, flat(node), raw);
        }
    }

    /// Only `normalize` and the store write these two together.
    private static boolean isOurs(JsonNode node) {
        return node.has("ID") && node.has("ServiceName") && node.has("Timestamp");
    }

    private void readXml(String name, InputStream in) throws IOException {
        XmlEvents events = new XmlEvents(in);
        for (byte[] element = events.next(); element != null; element = events.next()) {
            try {
                XMLStreamReader reader = WindowsEvents.xml().createXMLStreamReader(new ByteArrayInputStream(element));
                reader.nextTag();
                emit(name, events.startLine(), WindowsEvents.values(reader), element);
            } catch (XMLStreamException e) {
                refuse(name, events.startLine(), "not a well-formed XML element");
            }
        }
    }

    private void emit(String name, int line, Map<String, String> values, byte[] raw) {
        EventBatch batch = receiver.begin(name, line, EventTime.millis(values), raw);
        EventBuilder event = batch.builder();
        values.forEach((key, value) -> extra(event, key, value));
        receiver.end();
    }

    private void refuse(String name, int line, String reason) {
        unreadable++;
        receiver.unreadable(name, line, reason);
    }

    /// Nested objects with dotted keys; lists joined by line ends.
    private static Map<String, String> flat(JsonNode node) {
        Map<String, String> values = new LinkedHashMap<>();
        flatten(values, "", node, 0);
        return values;
    }

    private static void flatten(Map<String, String> values, String prefix, JsonNode node, int depth) {
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            String key = prefix + member.getKey();
            JsonNode value = member.getValue();
            if (value.isObject() && depth < DEEPEST) {
                flatten(values, key + ".", value, depth + 1);
            } else if (value.isArray()) {
                StringBuilder joined = new StringBuilder();
                value.forEach(item -> joined.append(joined.isEmpty() ? "" : "\n")
                        .append(item.isValueNode() ? item.asString() : item.toString()));
                values.put(key, joined.toString());
            } else if (!value.isNull()) {
                values.put(key, value.isValueNode() ? value.asString() : value.toString());
            }
        }
    }

    private static void extra(EventBuilder event, String key, String value) {
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        int keyAt = event.append(keyBytes, 0, keyBytes.length);
        event.addDynamicSpan(
                DynamicKind.EXTRA, keyAt, keyBytes.length, event.append(bytes, 0, bytes.length), bytes.length);
    }

    /// The origin of events from a file.
    public static EntryOrigin origin(String file) {
        return EntryOrigin.local("detect", "file", file);
    }
}
