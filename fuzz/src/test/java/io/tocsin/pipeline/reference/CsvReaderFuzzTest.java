package io.tocsin.pipeline.reference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Separated files of dictionaries and tables.
final class CsvReaderFuzzTest {
    @FuzzTest
    void records(byte[] input) throws IOException {
        String text = new String(input, UTF_8);
        List<List<String>> records = read(text);
        StringBuilder printed = new StringBuilder();
        for (List<String> record : records) {
            for (int i = 0; i < record.size(); i++) {
                printed.append(i == 0 ? "" : ",")
                        .append('"')
                        .append(record.get(i).replace("\"", "\"\""))
                        .append('"');
            }
            printed.append('\n');
        }
        assertThat(read(printed.toString())).isEqualTo(records);
    }

    private static List<List<String>> read(String text) throws IOException {
        List<List<String>> records = new ArrayList<>();
        CsvReader reader = new CsvReader(new StringReader(text), ',', false);
        @Nullable List<String> record = reader.next();
        while (record != null) {
            records.add(List.copyOf(record));
            assertThat(records.size()).isLessThanOrEqualTo(text.length() + 1);
            record = reader.next();
        }
        return records;
    }
}
