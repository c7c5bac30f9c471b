package io.tocsin.correlator.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Folding;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.SequencedSet;
import org.junit.jupiter.api.Test;

/// Texts of every length at every place of values of every length: what the scan says is what a comparison of
/// strings says.
class TextsTest {
    /// Fewer where the tests run thousands of times.
    private static final int ROUNDS = Integer.getInteger("rounds", 150);

    private static final FieldReference FIELD = FieldReference.of(DynamicKind.EXTRA, "text");
    private static final List<String> LETTERS = List.of("a", "b", "A", "[", "{", "\\", "ä", "Ж", "K", "İ", "@", "`");

    @Test
    void findsTextsWhereverTheyStand() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("TextsTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        int found = 0;
        for (int round = 0; round < ROUNDS; round++) {
            // Few letters make texts that occur in each other, all of them make bytes that are roughly equal.
            int letters = 2 + random.nextInt(LETTERS.size() - 1);
            boolean ascii = random.nextBoolean();
            SequencedSet<Filter> filters = new LinkedHashSet<>();
            int count = 1 + random.nextInt(60);
            int shortest = random.nextInt(3) * 4;
            for (int i = 0; i < count; i++) {
                filters.add(new Filter.Test(FIELD, match(random, text(random, letters, ascii, shortest, 22))));
            }
            List<Filter> all = List.copyOf(filters);
            FilterIndex index = new FilterIndex(new FieldTable());
            all.forEach(index::add);
            index.build();
            Evaluation evaluation = index.newEvaluation();
            for (int e = 0; e < 60; e++) {
                String value = value(random, all, letters, ascii);
                EventBatch batch = batch(value);
                evaluation.moveTo(batch, 0);
                List<Integer> actual = new ArrayList<>();
                for (int f = evaluation.nextMatch(0); f >= 0; f = evaluation.nextMatch(f + 1)) {
                    actual.add(f);
                }
                List<Integer> expected = new ArrayList<>();
                for (int f = 0; f < all.size(); f++) {
                    if (all.get(f) instanceof Filter.Test test && holds(test.match(), value)) {
                        expected.add(f);
                    }
                }
                assertThat(actual)
                        .as("seed %d round %d value '%s' %s", seed, round, value, all)
                        .isEqualTo(expected);
                found += expected.size();
            }
        }
        assertThat(found).isGreaterThan(5_000 * ROUNDS / 150);
    }

    private static String text(Random random, int letters, boolean ascii, int shortest, int longest) {
        int length = Math.max(1, shortest + random.nextInt(longest - shortest));
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            String letter = LETTERS.get(random.nextInt(letters));
            text.append(ascii && letter.charAt(0) > 0x7F ? "x" : letter);
        }
        return text.toString();
    }

    private static Match match(Random random, String text) {
        boolean ignoreCase = random.nextInt(4) > 0;
        return switch (random.nextInt(6)) {
            case 0 -> new Match.Same(text, ignoreCase);
            case 1 -> new Match.StartsWith(text, ignoreCase);
            case 2 -> new Match.EndsWith(text, ignoreCase);
            default -> new Match.Contains(text, ignoreCase);
        };
    }

    private static String value(Random random, List<Filter> filters, int letters, boolean ascii) {
        StringBuilder value = new StringBuilder();
        if (random.nextInt(3) > 0) {
            value.append(text(random, letters, ascii, 0, 12), 0, random.nextInt(2));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            if (filters.get(random.nextInt(filters.size())) instanceof Filter.Test test) {
                String known = text(test.match());
                value.append(random.nextInt(3) == 0 ? known.substring(random.nextInt(known.length())) : known);
                value.append(random.nextBoolean() ? "" : text(random, letters, ascii, 0, 9));
            }
        }
        return value.toString();
    }

    private static String text(Match match) {
        return switch (match) {
            case Match.Same same -> same.text();
            case Match.StartsWith starts -> starts.text();
            case Match.EndsWith ends -> ends.text();
            case Match.Contains contains -> contains.text();
            default -> throw new AssertionError(match);
        };
    }

    private static boolean holds(Match match, String value) {
        return switch (match) {
            case Match.Same same -> folded(value, same.ignoreCase()).equals(folded(same.text(), same.ignoreCase()));
            case Match.StartsWith starts ->
                folded(value, starts.ignoreCase()).startsWith(folded(starts.text(), starts.ignoreCase()));
            case Match.EndsWith ends ->
                folded(value, ends.ignoreCase()).endsWith(folded(ends.text(), ends.ignoreCase()));
            case Match.Contains contains ->
                folded(value, contains.ignoreCase()).contains(folded(contains.text(), contains.ignoreCase()));
            default -> throw new AssertionError(match);
        };
    }

    private static String folded(String text, boolean ignoreCase) {
        return ignoreCase ? Folding.lower(text) : text;
    }

    private static EventBatch batch(String value) {
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        event.begin(EntryOrigin.local("test", "test", ""), 1, 1, 0, 0, new byte[0], 0, 0);
        byte[] key = "text".getBytes(StandardCharsets.UTF_8);
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        int keyAt = event.append(key, 0, key.length);
        event.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, event.append(text, 0, text.length), text.length);
        event.commit();
        return batch;
    }
}
