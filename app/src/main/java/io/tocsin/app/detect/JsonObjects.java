package io.tocsin.app.detect;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads JSON objects that stand one a line, several lines an object, one after another, or as one array. What is
/// broken costs itself only: reading goes on with the next line that begins with an object and is indented no further.
///
/// Thread-safety: one thread.
final class JsonObjects {
    private static final int LONGEST_REASON = 160;
    private static final Pattern FROM_LIBRARY =
            Pattern.compile(", from `[^`]*`| \\(start marker at.*|: (was )?expect(ed|ing) .*");

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    /// Takes what is read.
    interface Receiver {
        /// @param line on which it begins, from 1
        void object(int line, JsonNode object);

        void refused(int line, String reason);
    }

    private final RewindableStream in;
    private final Receiver receiver;
    /// Lines before the place where the parser began.
    private int linesBefore;
    /// Where the parser began.
    private long parserStart;
    /// Where the object that is read begins, or the one before it ends, relative to the parser.
    private long objectStart;
    private int objectLine = 1;
    private int objectIndent;
    private boolean isBetween = true;
    /// Something was broken: what of an array stands between the objects means nothing any more.
    private boolean isAdrift;

    JsonObjects(InputStream in, Receiver receiver) {
        this.in = new RewindableStream(in);
        this.receiver = receiver;
    }

    /// Reads to the end. A stream that fails is told like what is broken.
    void read() throws IOException {
        Charset wide = encoding();
        if (wide != null) {
            try (JsonParser parser = MAPPER.createParser(new InputStreamReader(in, wide))) {
                objects(parser);
            } catch (JacksonException e) {
                receiver.refused(line(e), "not JSON from here on: " + reason(e));
            }
            return;
        }
        boolean isDone = false;
        while (!isDone) {
            parserStart = in.position();
            objectStart = 0;
            objectLine = 1;
            isBetween = true;
            try (JsonParser parser = MAPPER.createParser(in)) {
                objects(parser);
                isDone = true;
            } catch (JacksonIOException e) {
                receiver.refused(linesBefore + objectLine, "cannot be read any further: " + reason(e));
                isDone = true;
            } catch (JacksonException e) {
                isDone = !goOn(e);
            }
        }
    }

    private void objects(JsonParser parser) {
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            if (token == JsonToken.START_ARRAY || token == JsonToken.END_ARRAY) {
                continue;
            }
            TokenStreamLocation start = parser.currentTokenLocation();
            int line = linesBefore + start.getLineNr();
            objectLine = start.getLineNr();
            objectStart = start.getByteOffset();
            objectIndent = start.getColumnNr() - 1;
            isBetween = false;
            JsonNode node = MAPPER.readTree(parser);
            TokenStreamLocation end = parser.currentLocation();
            isBetween = true;
            objectLine = end.getLineNr();
            objectStart = end.getByteOffset();
            in.release(parserStart + objectStart);
            if (node.isObject()) {
                receiver.object(line, node);
            } else {
                receiver.refused(line, "a JSON object is expected");
            }
        }
    }

    /// Tells what is broken, and finds the place where the next object may begin.
    ///
    /// @return false when there is none
    private boolean goOn(JacksonException failure) throws IOException {
        int line = line(failure);
        int failed = failureLine(failure);
        if (objectStart < 0 || !in.rewind(parserStart + objectStart)) {
            receiver.refused(line, "not JSON from here on: " + reason(failure));
            return false;
        }
        linesBefore += objectLine - 1;
        if (isBetween && isAdrift && skipsSeparator()) {
            return true;
        }
        isAdrift = true;
        receiver.refused(line, "not JSON: " + reason(failure) + (failed == line ? "" : " [line=" + failed + "]"));
        return nextObject();
    }

    /// Where the broken object begins, or what is none stands.
    private int line(JacksonException failure) {
        return isBetween ? failureLine(failure) : linesBefore + objectLine;
    }

    private int failureLine(JacksonException failure) {
        TokenStreamLocation where = failure.getLocation();
        return linesBefore + Math.max(objectLine, where == null ? 0 : where.getLineNr());
    }

    /// Steps over a comma or a bracket between two objects; stays where it is when there is something else.
    private boolean skipsSeparator() throws IOException {
        long before = in.position();
        int lines = 0;
        int c = in.read();
        while (isBlank(c) || c == '\n') {
            lines += c == '\n' ? 1 : 0;
            c = in.read();
        }
        if (c == ',' || c == ']') {
            linesBefore += lines;
            return true;
        }
        in.rewind(before);
        return false;
    }

    private boolean nextObject() throws IOException {
        int indent = isBetween ? Integer.MAX_VALUE : objectIndent;
        int c = in.read();
        while (c >= 0) {
            if (c == '\n') {
                linesBefore++;
                in.release(in.position());
                int blanks = 0;
                c = in.read();
                while (isBlank(c)) {
                    blanks++;
                    c = in.read();
                }
                if (c == '{' && blanks <= indent) {
                    return in.rewind(in.position() - 1);
                }
            } else {
                c = in.read();
            }
        }
        return false;
    }

    private static boolean isBlank(int c) {
        return c == ' ' || c == '\t' || c == '\r';
    }

    /// The encoding that a byte order mark of UTF-16 names, or null. Zero bytes at the beginning are what a file that
    /// was emptied while somebody wrote to it begins with.
    private @Nullable Charset encoding() throws IOException {
        int c = in.read();
        while (c == 0) {
            c = in.read();
        }
        long start = in.position() - (c < 0 ? 0 : 1);
        int next = in.read();
        if ((c == 0xFF && next == 0xFE) || (c == 0xFE && next == 0xFF)) {
            return c == 0xFF ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_16BE;
        }
        if (!(c == 0xEF && next == 0xBB && in.read() == 0xBF)) {
            in.rewind(start);
        }
        in.release(in.position());
        return null;
    }

    /// What is wrong, without what the library says of itself.
    private static String reason(JacksonException failure) {
        String said =
                String.valueOf(failure.getOriginalMessage()).lines().findFirst().orElse("");
        String message = FROM_LIBRARY.matcher(said).replaceAll("");
        return message.length() <= LONGEST_REASON ? message : message.substring(0, LONGEST_REASON) + "…";
    }
}
