package io.tocsin.pipeline.connector;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.connector.framing.BufferBudget;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Commands of Redis clients: the same ones however the stream is cut into reads and whenever memory is given back, and
/// all memory is given back. The first byte of an input says whether the peer is trusted and how long an argument may
/// be, the second how the stream is cut, the rest is the stream.
final class RedisInputFuzzTest {
    private static final int[] LIMITS = {1, 64, 1000, 1 << 20};
    private static final long BUDGET_BYTES = 64 << 20;

    @FuzzTest
    void commands(byte[] input) {
        if (input.length < 2) {
            return;
        }
        boolean trusted = (input[0] & 0x80) != 0;
        int limit = LIMITS[(input[0] & 0xff) % LIMITS.length];
        List<String> whole = commands(input, trusted, limit, Integer.MAX_VALUE, false);
        assertThat(commands(input, trusted, limit, 1, false)).isEqualTo(whole);
        assertThat(commands(input, trusted, limit, 1 + (input[1] & 0xff) % 37, true))
                .isEqualTo(whole);
        // No argument without at least a byte for it, and the reason at the end.
        assertThat(whole.size()).isLessThanOrEqualTo(input.length);
    }

    /// @param forgets memory is given back whenever it can be
    private static List<String> commands(byte[] input, boolean trusted, int limit, int step, boolean forgets) {
        List<String> seen = new ArrayList<>();
        BufferBudget budget = new BufferBudget(BUDGET_BYTES);
        int[] at = {2};
        RedisInput.Source source = (buffer, offset, length, _) -> {
            int piece = Math.min(Math.min(step, length), input.length - at[0]);
            System.arraycopy(input, at[0], buffer, offset, piece);
            at[0] += piece;
            return piece == 0 ? -1 : piece;
        };
        RedisInput[] self = new RedisInput[1];
        Runnable beforeWait = () -> {
            if (forgets && self[0] != null) {
                self[0].forget();
            }
        };
        try (RedisInput reader = new RedisInput(source, budget, limit, Duration.ZERO, beforeWait)) {
            self[0] = reader;
            if (trusted) {
                reader.trust();
            }
            while (reader.next()) {
                seen.add(command(reader, limit));
                if (forgets) {
                    reader.forget();
                }
            }
        } catch (IOException refused) {
            seen.add("refused: " + refused.getMessage());
        }
        // All of it is there again.
        assertThat(budget.take(BUDGET_BYTES)).isTrue();
        return seen;
    }

    private static String command(RedisInput reader, int limit) {
        StringBuilder command = new StringBuilder();
        EventTexts texts = reader.texts();
        assertThat(reader.count()).isPositive();
        for (int i = 0; i < reader.count(); i++) {
            int argument = reader.first() + i;
            boolean cut = texts.flag(argument) == EventBatch.FLAG_CUT;
            assertThat(texts.length(argument)).isLessThanOrEqualTo(limit);
            assertThat(!cut || texts.length(argument) == limit).isTrue();
            command.append(cut ? "cut " : "")
                    .append(new String(texts.array(), texts.start(argument), texts.length(argument), ISO_8859_1))
                    .append('|');
        }
        return command.toString();
    }
}
