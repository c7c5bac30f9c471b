package io.tocsin.pipeline.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class CsvReaderTest {
    private static List<List<String>> read(String text) throws IOException {
        CsvReader reader = new CsvReader(new StringReader(text), ',', true);
        List<List<String>> records = new ArrayList<>();
        for (List<String> next = reader.next(); next != null; next = reader.next()) {
            records.add(next);
        }
        return records;
    }

    @Test
    void readsQuotedCellsWithSeparatorsQuotesAndLineEnds() throws IOException {
        assertThat(read("a,\"b,\"\"c\"\"\nd\",e\r\n\r\n#x\n,\n"))
                .containsExactly(List.of("a", "b,\"c\"\nd", "e"), List.of("", ""));
    }

    @Test
    void passesOverAByteOrderMarkAndEndsWithoutLineEnd() throws IOException {
        assertThat(read("\uFEFFa,b\rc")).containsExactly(List.of("a", "b"), List.of("c"));
        assertThat(read("\"open")).containsExactly(List.of("open"));
        assertThat(read("a,")).containsExactly(List.of("a", ""));
    }

    @Test
    void cutsEndlessRecords() throws IOException {
        CsvReader reader = new CsvReader(new StringReader("x".repeat(3_000_000) + "\nb"), ',', false);
        List<String> first = reader.next();
        assertThat(first).containsExactly("x".repeat(CsvReader.MAXIMUM_RECORD_CHARACTERS));
        assertThat(reader.next()).containsExactly("b");
        assertThat(reader.cutRecords()).isOne();
    }

    @Test
    void readsBackWhatIsWritten() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<List<String>> records = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < random.nextInt(1, 8); i++) {
                List<String> cells = new ArrayList<>();
                for (int c = 0; c < random.nextInt(1, 6); c++) {
                    StringBuilder cell = new StringBuilder();
                    for (int k = random.nextInt(8); k > 0; k--) {
                        cell.append(",\"\n\ra#\u2603".charAt(random.nextInt(7)));
                    }
                    cells.add(cell.toString());
                    text.append(c == 0 ? "" : ",")
                            .append('"')
                            .append(cell.toString().replace("\"", "\"\""))
                            .append('"');
                }
                records.add(cells);
                text.append(random.nextBoolean() ? "\n" : "\r\n");
            }
            assertThat(read(text.toString())).as("seed %d", seed).isEqualTo(records);
        }
    }
}
