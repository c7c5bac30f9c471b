package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.beats.BeatsEventKey;
import io.tocsin.pipeline.connector.http.KnownKeys;
import io.tocsin.pipeline.connector.http.RequestKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Identifiers that follow from what a sender says of its events: the same whenever it says the same, of a time that is
/// near, and none for an event that does not say enough.
final class EventKeyFuzzTest {
    private static final long DAY_MILLIS = 86_400_000L;
    private static final long NOW = Instant.parse("2026-11-22T10:00:05Z").toEpochMilli();
    private static final EntryOrigin SENDER =
            new EntryOrigin("", "beats", "beats", "10.0.0.9", 40_000, "10.0.0.1", 5044, "");
    private static final String OTHER =
            "{\"@timestamp\":\"2026-11-22T10:00:00Z\",\"agent\":{\"id\":\"a\"},\"log\":{\"offset\":1,\"file\":{\"path\":\"p\"}}}";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final List<String> FILES = List.of(
            "/log/file/inode",
            "/log/file/device_id",
            "/log/file/fingerprint",
            "/log/file/vol",
            "/log/file/idxhi",
            "/log/file/idxlo",
            "/log/file/path");

    private static @Nullable UUID read(BeatsEventKey key, byte[] text, int offset, int length) {
        if (!key.read(text, offset, length, NOW)) {
            return null;
        }
        UUID id = new UUID(key.high(), key.low());
        assertSound(id);
        return id;
    }

    private static void assertSound(UUID id) {
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(Math.abs((id.getMostSignificantBits() >>> 16) - NOW)).isLessThanOrEqualTo(DAY_MILLIS);
    }

    @FuzzTest
    void beats(byte[] input) {
        Effort effort = new Effort();
        BeatsEventKey key = new BeatsEventKey(SENDER);
        UUID id = read(key, input, 0, input.length);
        byte[] other = OTHER.getBytes(UTF_8);
        assertThat(read(key, other, 0, other.length)).isNotNull();
        // What stands before and behind, and what was read before, make no difference.
        byte[] within = new byte[input.length + 4];
        System.arraycopy(input, 0, within, 2, input.length);
        within[input.length + 2] = '}';
        assertThat(read(key, within, 2, input.length)).isEqualTo(id);
        byte[] elsewhere = input.clone();
        assertThat(read(new BeatsEventKey(SENDER), elsewhere, 0, elsewhere.length))
                .isEqualTo(id);
        assertThat(elsewhere).isEqualTo(input);
        effort.check();
        if (parsed(input) instanceof ObjectNode event) {
            model(event, new String(input, UTF_8).contains("\\") ? null : id, key);
        }
    }

    private static @Nullable JsonNode parsed(byte[] input) {
        try {
            return JSON.readTree(input);
        } catch (JacksonException noJson) {
            return null;
        }
    }

    /// What a real reader of JSON finds in the event.
    ///
    /// @param id of the event as it came; null also when it may be written in a way that is not looked through
    private static void model(ObjectNode event, @Nullable UUID id, BeatsEventKey key) {
        byte[] written = JSON.writeValueAsBytes(event);
        byte[] turned = JSON.writeValueAsBytes(turned(event));
        UUID plain = read(key, written, 0, written.length);
        assertThat(read(key, turned, 0, turned.length)).isEqualTo(plain);
        boolean told = (tells(event.at("/agent/ephemeral_id")) || tells(event.at("/agent/id")))
                && FILES.stream().anyMatch(file -> tells(event.at(file)))
                && tells(event.at("/log/offset"))
                && event.at("/@timestamp").isString();
        if (!told) {
            assertThat(plain).isNull();
            assertThat(id).isNull();
        }
        if (plain != null) {
            event.put("message", event.path("message").asString("") + "x");
            byte[] changed = JSON.writeValueAsBytes(event);
            assertThat(read(key, changed, 0, changed.length)).isNotNull().isNotEqualTo(plain);
        }
    }

    /// Texts that are not empty, and numbers that are not negative.
    private static boolean tells(JsonNode value) {
        return value.isString()
                ? !value.asString().isEmpty()
                : value.isNumber() && !value.toString().startsWith("-");
    }

    private static JsonNode turned(JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            return node;
        }
        ObjectNode turned = JSON.createObjectNode();
        for (String name : List.copyOf(object.propertyNames()).reversed()) {
            turned.set(name, turned(object.path(name)));
        }
        return turned;
    }

    /// The key is the input up to its first line end, each further line a text.
    @FuzzTest
    void requests(byte[] input) {
        Effort effort = new Effort();
        List<String> lines = List.of(new String(input, ISO_8859_1).split("\n", -1));
        KnownKeys known = new KnownKeys();
        List<UUID> ids = ids(lines, lines.getFirst(), NOW, known);
        assertThat(ids).doesNotHaveDuplicates().allSatisfy(EventKeyFuzzTest::assertSound);
        assertThat(ids(lines, lines.getFirst(), NOW, known)).isEqualTo(ids);
        if (!lines.getFirst().startsWith("\"")) {
            assertThat(ids(lines, '"' + lines.getFirst() + '"', NOW, known)).isEqualTo(ids);
        }
        assertThat(ids(lines, lines.getFirst() + "x", NOW, known))
                .allSatisfy(other -> assertThat(ids).doesNotContain(other));
        effort.check();
    }

    private static List<UUID> ids(List<String> lines, String field, long nowMillis, KnownKeys known) {
        RequestKey key = RequestKey.of("scope", field, nowMillis, known);
        List<UUID> ids = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            byte[] text = line.getBytes(ISO_8859_1);
            key.next(text, 0, text.length);
            ids.add(new UUID(key.high(), key.low()));
        }
        return ids;
    }
}
