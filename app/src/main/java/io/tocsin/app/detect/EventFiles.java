package io.tocsin.app.detect;

import io.tocsin.core.event.EventFields;
import io.tocsin.error.TocsinException;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Fields;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
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
import tools.jackson.databind.JsonNode;

/// Reads events from files, and from all files of folders, in order of their paths. Files may be gzipped; JSON may
/// stand one object a line, several lines an object, or as one array.
///
/// Thread-safety: one thread.
public final class EventFiles {
    private static final int DEEPEST = 100;
    /// Beyond these, what is no event in a file is only counted.
    private static final int MOST_TOLD = 100;
    private static final List<String> OUR_WORDS =
            List.of("DeviceEventClassID", "DeviceProduct", "DeviceReceiptTime", "DeviceVendor");

    private final InputFormat format;
    private final Receiver receiver;
    private long unreadable;
    private long unreadableFiles;
    /// How often the last file that was told of was.
    private int told;
    private String toldOf = "";

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

    /// Reads a file to its end. One that cannot be read is told like what is no event.
    public void read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            read(file.toString(), in);
        } catch (IOException e) {
            unreadableFiles++;
            refuse(
                    file.toString(),
                    0,
                    String.valueOf(TocsinException.inputOutput("cannot read the file", file, e)
                            .getMessage()));
        }
    }

    /// Reads a stream to its end, gzipped or not.
    public void read(String name, InputStream in) throws IOException {
        BufferedInputStream source = new BufferedInputStream(in, 1 << 16);
        BufferedInputStream buffered = isGzip(source) ? new BufferedInputStream(unpacked(source), 1 << 16) : source;
        if (firstCharacter(buffered) == '<') {
            readXml(name, buffered);
        } else {
            readJson(name, buffered);
        }
    }

    /// What is read before a torn end counts: whoever asks for more than one piece at a time would lose it with the
    /// failure of the next.
    private static InputStream unpacked(InputStream source) throws IOException {
        return new FilterInputStream(new GZIPInputStream(source, 1 << 16)) {
            @Override
            public int available() {
                return 0;
            }
        };
    }

    private static boolean isGzip(BufferedInputStream in) throws IOException {
        in.mark(2);
        boolean gzip = in.read() == 0x1F && in.read() == 0x8B;
        in.reset();
        return gzip;
    }

    /// Number of files that could not be opened, or read to their end.
    public long unreadableFiles() {
        return unreadableFiles;
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
        new JsonObjects(in, new JsonObjects.Receiver() {
                    @Override
                    public void object(int line, JsonNode object) {
                        json(name, line, object);
                    }

                    @Override
                    public void refused(int line, String reason) {
                        refuse(name, line, reason);
                    }
                })
                .read();
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

    /// What `normalize` and the store write has an identifier and a service; what is written by hand has fields of the
    /// schema only, and one of those in which our events say what they are.
    private static boolean isOurs(JsonNode node) {
        return (node.has("ID") && node.has("ServiceName") && node.has("Timestamp"))
                || (OUR_WORDS.stream().anyMatch(node::has)
                        && node.propertyNames().stream()
                                .allMatch(name -> Fields.byName(name) != null || DynamicKind.ofPrefix(name) != null));
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
        told = name.equals(toldOf) ? told + 1 : 1;
        toldOf = name;
        if (told <= MOST_TOLD) {
            receiver.unreadable(name, line, reason);
        } else if (told == MOST_TOLD + 1) {
            receiver.unreadable(name, line, "more of this file is no event: it is only counted");
        }
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
