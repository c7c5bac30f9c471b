package io.tocsin.pipeline.connector.beats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.EntryOrigin;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// W43: an event that is sent again has the identifier that it had, and no two events share one.
final class BeatsEventKeyTest {
    private static final long NOW = Instant.parse("2026-11-22T10:00:05Z").toEpochMilli();
    private static final String EVENT =
            "{\"@timestamp\":\"2026-11-22T10:00:00.001Z\",\"@metadata\":{\"beat\":\"filebeat\",\"version\":"
                    + "\"8.15.0\"},\"message\":\"line \\\"1\\\\\",\"log\":{\"offset\":4711,\"file\":{\"path\":\"/var/log/a.log\","
                    + "\"device_id\":\"64769\",\"inode\":\"1179\"}},\"input\":{\"type\":\"filestream\"},\"agent\":{\"id\":\"a1\","
                    + "\"ephemeral_id\":\"e1\",\"type\":\"filebeat\"},\"tags\":[\"x\",{\"log\":{\"offset\":1}}],\"ecs\":{\"version\":\"8.0.0\"}}";

    private static EntryOrigin sender(String address) {
        return new EntryOrigin("", "beats", "beats", address, 40000, "10.0.0.1", 5044, "");
    }

    private static @Nullable UUID key(String event) {
        return key(event, "10.0.0.9");
    }

    private static @Nullable UUID key(String event, String address) {
        BeatsEventKey key = new BeatsEventKey(sender(address));
        byte[] text = ("..." + event + "{").getBytes(UTF_8);
        return key.read(text, 3, text.length - 4, NOW) ? new UUID(key.high(), key.low()) : null;
    }

    private static String with(String from, String to) {
        assertThat(EVENT).contains(from);
        return EVENT.replace(from, to);
    }

    @Test
    void isTheSameWhateverTheOrderOfTheMembersAndTheSpaceBetweenThem() {
        String other =
                " { \"agent\" : { \"ephemeral_id\" : \"e1\" , \"name\":\"h\", \"id\":\"a1\" },\n\"log\":{\"file\":{"
                        + "\"inode\":\"1179\", \"device_id\":\"64769\",\"path\":\"/var/log/a.log\"}, \"flags\":[], \"offset\" : 4711 },"
                        + "\"more\":{\"deep\":[1,[2,{\"a\":\"]}\"}],null]},\"message\":\"line \\\"1\\\\\","
                        + "\"@timestamp\":\"2026-11-22T10:00:00.001Z\"}";
        assertThat(key(other)).isNotNull().isEqualTo(key(EVENT));
    }

    @Test
    void isAnIdentifierOfTheTimeAtWhichTheLineWasRead() {
        UUID id = Objects.requireNonNull(key(EVENT));
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16)
                .isEqualTo(Instant.parse("2026-11-22T10:00:00.001Z").toEpochMilli());
    }

    @Test
    void differsWithEverythingThatTellsEventsApart() {
        List<UUID> keys = new ArrayList<>();
        keys.add(key(EVENT));
        keys.add(key(EVENT, "10.0.0.8"));
        keys.add(key(with("4711", "4712")));
        keys.add(key(with("\"e1\"", "\"e2\"")));
        keys.add(key(with("00.001Z", "00.002Z")));
        keys.add(key(with("1179", "1180")));
        keys.add(key(with("64769", "64770")));
        keys.add(key(with("a.log", "b.log")));
        keys.add(key(with("line", "Line")));
        keys.add(key(with("\"path\":\"/var/log/a.log\"", "\"fingerprint\":\"/var/log/a.log\"")));
        keys.add(key(with("\"message\":", "\"text\":")));
        assertThat(keys).doesNotContainNull().doesNotHaveDuplicates();
    }

    @Test
    void takesTheAgentWhenItsProcessIsNotTold() {
        String without = with("\"ephemeral_id\":\"e1\",", "");
        assertThat(key(without)).isNotNull().isNotEqualTo(key(EVENT));
        assertThat(key(without.replace("\"a1\"", "\"a2\""))).isNotNull().isNotEqualTo(key(without));
    }

    @Test
    void needsAgentFilePlaceAndTime() {
        assertThat(key(with("\"id\":\"a1\",\"ephemeral_id\":\"e1\",", ""))).isNull();
        assertThat(key(with("\"offset\":4711,", ""))).isNull();
        assertThat(key(with("4711", "null"))).isNull();
        assertThat(key(with("4711", "{\"a\":1}"))).isNull();
        assertThat(key(with("@timestamp", "timestamp"))).isNull();
        assertThat(key(with(
                        "\"path\":\"/var/log/a.log\",\"device_id\":\"64769\",\"inode\":\"1179\"",
                        "\"path\":\"\",\"inode\":null")))
                .isNull();
        assertThat(key(with("2026-11-22T10:00:00.001Z", "today"))).isNull();
        assertThat(key(with("{\"id\":\"a1\"", "[{\"id\":\"a1\"")
                        .replace("\"filebeat\"},\"tags\"", "\"filebeat\"}],\"tags\"")))
                .isNull();
        assertThat(key("{\"message\":\"x\"}")).isNull();
        assertThat(key("{}")).isNull();
        assertThat(key("")).isNull();
    }

    /// Storage would have to look for it among the events of all the days since.
    @Test
    void namesNothingThatIsADayAway() {
        assertThat(key(with("2026-11-22T10", "2026-11-21T10"))).isNull();
        assertThat(key(with("2026-11-22T10", "2026-11-21T11"))).isNotNull();
        assertThat(key(with("2026-11-22T10", "2027-11-22T10"))).isNull();
    }

    @Test
    void namesNothingThatIsDamaged() {
        byte[] whole = EVENT.getBytes(UTF_8);
        BeatsEventKey key = new BeatsEventKey(sender("10.0.0.9"));
        for (int length = 0; length < whole.length; length++) {
            assertThat(key.read(Arrays.copyOf(whole, length), 0, length, NOW))
                    .as("first %d bytes", length)
                    .isFalse();
        }
        assertThat(key.read(whole, 0, whole.length, NOW)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-22T10:00:00Z",
                "2026-11-22T10:00:00.1Z",
                "2026-11-22T10:00:00.12Z",
                "1970-01-01T00:00:00.000Z",
                "2026-11-22T10:00:00.123456789Z",
                "2024-02-29T23:59:59.999Z",
                "2000-12-31T00:00:00.05Z"
            })
    void readsTimesAsBeatsWriteThem(String time) {
        byte[] text = ("\"" + time + "\"").getBytes(UTF_8);
        assertThat(BeatsTime.millis(text, 1, text.length - 1))
                .isEqualTo(Instant.parse(time).toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Z",
                "2026-11-22T10:00:00",
                "2026-11-22 10:00:00Z",
                "2026-13-22T10:00:00Z",
                "2026-02-29T10:00:00Z",
                "2026-11-22T24:00:00Z",
                "2026-11-22T10:00:60Z",
                "2026-11-22T10:00:00.Z",
                "2026-11-22T10:00:00.1234567890Z",
                "2026-11-22T10:00:00+00Z",
                "1969-11-22T10:00:00Z",
                "2026-11-22T10:00:00.0x1Z",
                "2026-00-22T10:00:00Z"
            })
    void readsNothingElseAsATime(String time) {
        byte[] text = time.getBytes(UTF_8);
        assertThat(BeatsTime.millis(text, 0, text.length)).isNegative();
    }
}
