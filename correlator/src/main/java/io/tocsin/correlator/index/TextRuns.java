package io.tocsin.correlator.index;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Texts that are known by runs of bytes, one after another, so that one of them begins at a place that is looked at,
/// wherever a text stands. The runs of a text are chosen where the fewest other texts have the same.
///
/// Thread-safety: immutable.
final class TextRuns {
    /// What stands in nearly every value of some kind: runs of it are chosen only when there are no
    /// others.
    private static final List<byte[]> COMMON = Stream.of(
                    "c:\\windows\\system32\\",
                    "\\syswow64\\",
                    "c:\\program files (x86)\\",
                    "c:\\program files\\",
                    "c:\\users\\administrator\\appdata\\local\\temp\\roaming\\",
                    "microsoft",
                    "software\\",
                    "\\currentversion\\",
                    "hklm\\system\\currentcontrolset\\",
                    "powershell",
                    ".exe\" -",
                    ".dll",
                    "https://www.",
                    "/usr/bin/",
                    "/var/log/")
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .toList();

    private static final int COMMON_WEIGHT = 10_000;

    private final byte[][] texts;
    private final int[] numbers;
    /// Where the word of a text begins that is compared before the whole text.
    private final int[] wordAt;

    private final RunTable table;

    /// @param texts in small letters, each of at least `size + step - 1` bytes
    /// @param numbers what to call true when a text is there
    /// @param size bytes of a run
    /// @param step how many runs of a text are known, and the distance of the places that are looked at
    /// @param seen some of the values: what stands in them often is chosen last
    TextRuns(
            List<byte[]> texts,
            List<Integer> numbers,
            int size,
            int step,
            int mostBytesOfMarks,
            boolean alwaysMarks,
            List<byte[]> seen) {
        this.texts = texts.toArray(byte[][]::new);
        this.numbers = numbers.stream().mapToInt(Integer::intValue).toArray();
        wordAt = new int[this.texts.length];
        Map<Long, Integer> popularity = new HashMap<>();
        COMMON.forEach(each -> count(each, size, COMMON_WEIGHT, popularity));
        seen.forEach(each -> count(each, size, COMMON_WEIGHT, popularity));
        texts.forEach(each -> count(each, size, 1, popularity));
        RunTable.Builder builder = new RunTable.Builder();
        for (int i = 0; i < this.texts.length; i++) {
            byte[] each = this.texts[i];
            int first = rarest(each, size, step, popularity);
            int known = Math.min(ByteWords.BYTES, each.length);
            wordAt[i] = rarestWord(each, size, popularity);
            long word = word(each, wordAt[i], known);
            for (int at = first; at < first + step; at++) {
                builder.add(word(each, at, size), word, known, wordAt[i] - at, i);
            }
        }
        table = builder.build(mostBytesOfMarks, alwaysMarks);
    }

    /// The bytes as a number, the first one least significant, without bit 5 of each.
    private static long word(byte[] bytes, int from, int size) {
        return ByteWords.tail(bytes, from, from + size) & RunTable.UNFOLDED;
    }

    private static void count(byte[] text, int size, int weight, Map<Long, Integer> popularity) {
        for (int i = 0; i + size <= text.length; i++) {
            popularity.merge(word(text, i, size), weight, Integer::sum);
        }
    }

    private static int rarest(byte[] text, int size, int step, Map<Long, Integer> popularity) {
        int best = 0;
        long bestCount = Long.MAX_VALUE;
        for (int i = 0; i + size + step - 1 <= text.length; i++) {
            long count = 0;
            for (int k = 0; k < step; k++) {
                count += popularity.getOrDefault(word(text, i + k, size), 0);
            }
            if (count < bestCount) {
                best = i;
                bestCount = count;
            }
        }
        return best;
    }

    /// Where the eight bytes begin that are most likely to tell the text from values.
    private static int rarestWord(byte[] text, int size, Map<Long, Integer> popularity) {
        int best = 0;
        int bestCount = Integer.MAX_VALUE;
        for (int i = 0; i + size <= text.length; i++) {
            int count = popularity.getOrDefault(word(text, i, size), 0);
            if (count < bestCount) {
                best = i;
                bestCount = count;
            }
        }
        // The run in the middle of them, as far as the text goes.
        return Math.clamp(best - (ByteWords.BYTES - size) / 2, 0, Math.max(0, text.length - ByteWords.BYTES));
    }

    RunTable table() {
        return table;
    }

    /// Looks for the texts that have the run which begins at a place.
    ///
    /// @param run without bit 5 of its bytes
    /// @param told null when it is enough to know whether there is something
    /// @return when nobody is told: true when one of the texts is there
    boolean find(long run, byte[] bytes, int offset, int end, int at, @Nullable Evaluation told) {
        RunTable runs = table;
        int entry = runs.find(run);
        for (boolean more = entry >= 0; more; entry++) {
            more = runs.hasNext(entry);
            int word = at + runs.distance(entry);
            if (runs.isSame(entry, bytes, word)) {
                int which = runs.text(entry);
                byte[] text = texts[which];
                int start = word - wordAt[which];
                if (start >= offset && start + text.length <= end && ByteWords.isFolded(text, bytes, start)) {
                    if (told == null) {
                        return true;
                    }
                    told.hit(numbers[which]);
                }
            }
        }
        return false;
    }
}
