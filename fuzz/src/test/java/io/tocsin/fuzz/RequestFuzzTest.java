package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.pipeline.connector.beats.LumberjackInput;
import io.tocsin.pipeline.connector.framing.BufferBudget;
import io.tocsin.pipeline.connector.http.ContentDecoding;
import io.tocsin.pipeline.connector.http.HecEnvelope;
import io.tocsin.pipeline.connector.http.HttpInput;
import io.tocsin.pipeline.connector.http.HttpLimits;
import io.tocsin.pipeline.connector.http.HttpRequest;
import io.tocsin.pipeline.connector.http.JsonElements;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// What peers of the inputs `http` and `beats` send. Where a stream is cut into reads makes no difference, nothing but
/// an [IOException] comes out, and no more events than the input could hold.
final class RequestFuzzTest {
    /// Gives a stream in small pieces.
    private static InputStream pieces(byte[] input, int step) {
        return new FilterInputStream(new ByteArrayInputStream(input)) {
            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return super.read(into, offset, Math.min(step, length));
            }
        };
    }

    @FuzzTest
    void requests(byte[] input) {
        Effort effort = new Effort();
        List<String> whole = requests(input, Integer.MAX_VALUE);
        assertThat(requests(input, 1)).isEqualTo(whole);
        assertThat(requests(input, 7)).isEqualTo(whole);
        effort.check();
    }

    private static List<String> requests(byte[] input, int step) {
        List<String> seen = new ArrayList<>();
        HttpInput reader = new HttpInput(pieces(input, step), _ -> {}, HttpLimits.of(1000, 1 << 20));
        try {
            HttpRequest request = reader.next();
            while (request != null) {
                seen.add(request.method() + ' ' + request.path() + ' ' + request.fields());
                try (InputStream body =
                        ContentDecoding.decode(request.body(), request.field("content-encoding"), 1 << 20)) {
                    seen.add(new String(body.readAllBytes(), ISO_8859_1));
                }
                request = reader.skipBody(1 << 20) ? reader.next() : null;
            }
        } catch (IOException refused) {
            seen.add("refused");
        }
        return seen;
    }

    @FuzzTest
    void elements(byte[] input) {
        Effort effort = new Effort();
        List<String> whole = elements(input, Math.max(1, input.length), 1 << 20);
        assertThat(elements(input, 1, 1 << 20)).isEqualTo(whole);
        assertThat(elements(input, 5, 1 << 20)).isEqualTo(whole);
        effort.check();
        for (String element : whole) {
            assertThat(element).isNotEmpty();
        }
        assertThat(elements(input, 3, 10)).hasSameSizeAs(whole);
    }

    private static List<String> elements(byte[] input, int step, int limit) {
        List<String> seen = new ArrayList<>();
        try (JsonElements elements = new JsonElements(limit, new BufferBudget(4 << 20))) {
            JsonElements.Receiver receiver = (bytes, offset, length, _) -> {
                assertThat(length).isBetween(1, limit);
                seen.add(new String(bytes, offset, length, ISO_8859_1));
            };
            for (int at = 0; at < input.length; at += step) {
                elements.feed(input, at, Math.min(step, input.length - at), receiver);
            }
            elements.end(receiver);
            assertThat(elements.elements()).isEqualTo(seen.size());
        }
        return seen;
    }

    @FuzzTest
    void envelopes(byte[] input) {
        Effort effort = new Effort();
        HecEnvelope.judge(input, 0, input.length);
        byte[] head = HecEnvelope.members("host", new String(input, ISO_8859_1));
        if (head.length > 0 && input.length > 0) {
            byte[] wrapped = HecEnvelope.wrap(head, input, 0, input.length);
            assertThat(HecEnvelope.judge(wrapped, 0, wrapped.length)).isEqualTo(HecEnvelope.Verdict.OK);
        }
        effort.check();
    }

    @FuzzTest
    void windows(byte[] input) {
        Effort effort = new Effort();
        List<String> whole = windows(input, Integer.MAX_VALUE);
        assertThat(windows(input, 1)).isEqualTo(whole);
        effort.check();
    }

    private static List<String> windows(byte[] input, int step) {
        List<String> seen = new ArrayList<>();
        LumberjackInput reader =
                new LumberjackInput(pieces(input, step), _ -> {}, LumberjackInput.Limits.of(1000, 1000, 1 << 16));
        StringBuilder text = new StringBuilder();
        LumberjackInput.Receiver receiver = new LumberjackInput.Receiver() {
            @Override
            public void part(byte[] bytes, int offset, int length) {
                text.append(new String(bytes, offset, length, ISO_8859_1));
            }

            @Override
            public void end(boolean cut) {
                assertThat(text.length()).isBetween(1, 1 << 16);
                seen.add(text.toString());
                text.setLength(0);
            }
        };
        int whole = 0;
        try {
            int events = reader.window();
            while (events != LumberjackInput.ENDED) {
                reader.events(events, receiver);
                seen.add("window " + reader.sequence());
                whole = seen.size();
                events = reader.window();
            }
        } catch (IOException refused) {
            // Nothing of a window that breaks is kept, and how much of damaged compressed data can be read before its
            // error shows depends on the pieces that it comes in.
            seen.subList(whole, seen.size()).clear();
            seen.add("refused");
        }
        return seen;
    }
}
