package io.tocsin.pipeline.connector.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// W43 for HTTP: a request that is sent again with its key has the identifiers that it had.
final class RequestKeyTest {
    /// From RFC 9562, A.6: made at 2022-02-22T19:22:22Z.
    private static final String UUID7 = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

    private static final long MADE = Instant.parse("2022-02-22T19:22:22Z").toEpochMilli();

    private static List<UUID> ids(String scope, String field, long now, KnownKeys known, String... texts) {
        RequestKey key = RequestKey.of(scope, field, now, known);
        List<UUID> ids = new ArrayList<>();
        for (String text : texts) {
            byte[] bytes = text.getBytes(UTF_8);
            key.next(bytes, 0, bytes.length);
            ids.add(new UUID(key.high(), key.low()));
        }
        return ids;
    }

    @Test
    void aKeyThatTellsItsTimeGivesTheSameInEveryProcess() {
        List<UUID> first = ids("a", UUID7, MADE + 10, new KnownKeys(), "x", "y");
        List<UUID> again = ids("a", '"' + UUID7 + '"', MADE + 3_600_000, new KnownKeys(), "x", "y");
        assertThat(again).isEqualTo(first).doesNotHaveDuplicates();
        assertThat(first).allMatch(id -> id.version() == 7 && id.variant() == 2);
        assertThat(first).allMatch(id -> id.getMostSignificantBits() >>> 16 == MADE);
    }

    @Test
    void anyOtherKeyGivesTheSameInOneProcess() {
        KnownKeys known = new KnownKeys();
        List<UUID> first = ids("a", "order 7", 1000, known, "x", "y");
        assertThat(ids("a", "order 7", 900_000, known, "x", "y")).isEqualTo(first);
        assertThat(first).allMatch(id -> id.getMostSignificantBits() >>> 16 == 1000);
    }

    @Test
    void senderKeyNumberAndTextAllCount() {
        KnownKeys known = new KnownKeys();
        List<UUID> all = new ArrayList<>();
        all.addAll(ids("a", UUID7, MADE, known, "x", "x", "y"));
        all.addAll(ids("b", UUID7, MADE, known, "x", "x", "y"));
        all.addAll(ids("a", "order 7", MADE, known, "x", "x", "y"));
        all.addAll(ids("a", "order 8", MADE, known, "x", "x", "y"));
        // The key of another request, used again by mistake: nothing is taken for a copy.
        all.addAll(ids("a", UUID7, MADE, known, "other", "texts"));
        assertThat(all).doesNotHaveDuplicates();
    }

    @Test
    void aTimeThatIsFarAwayIsNotBelieved() {
        long now = MADE + 86_400_001L;
        assertThat(ids("a", UUID7, now, new KnownKeys(), "x"))
                .allMatch(id -> id.getMostSignificantBits() >>> 16 == now);
    }

    @Test
    void readsTheTimeOfUuidsAndUlids() {
        assertThat(RequestKey.toldMillis(UUID7)).isEqualTo(MADE);
        assertThat(RequestKey.toldMillis(UUID7.toUpperCase(java.util.Locale.ROOT)))
                .isEqualTo(MADE);
        assertThat(RequestKey.toldMillis("01ARYZ6S41TSV4RRFFQ69G5FAV")).isEqualTo(1_469_918_176_385L);
        assertThat(RequestKey.toldMillis("017f22e2-79b0-4cc3-98c4-dc0c0c07398f"))
                .isNegative();
        assertThat(RequestKey.toldMillis("017f22e2-79b0-7cc3-98c4-dc0c0c07398g"))
                .isNegative();
        assertThat(RequestKey.toldMillis("017f22e2079b0-7cc3-98c4-dc0c0c07398f"))
                .isNegative();
        assertThat(RequestKey.toldMillis("01ARYZ6S41TSV4RRFFQ69G5FAU")).isNegative();
        assertThat(RequestKey.toldMillis("81ARYZ6S41TSV4RRFFQ69G5FAV")).isNegative();
        assertThat(RequestKey.toldMillis("")).isNegative();
    }

    @Test
    void forgetsTheKeyThatWasNotUsedForLongest() {
        KnownKeys known = new KnownKeys(2);
        assertThat(known.firstMillis(1, 10)).isEqualTo(10);
        assertThat(known.firstMillis(2, 20)).isEqualTo(20);
        assertThat(known.firstMillis(1, 30)).isEqualTo(10);
        assertThat(known.firstMillis(3, 40)).isEqualTo(40);
        assertThat(known.firstMillis(1, 50)).isEqualTo(10);
        assertThat(known.firstMillis(2, 60)).isEqualTo(60);
    }
}
