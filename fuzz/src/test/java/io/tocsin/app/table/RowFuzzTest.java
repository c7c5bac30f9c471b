package io.tocsin.app.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableField;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Files that are imported into lists: each row is right or named with its line, and what an export writes of the right
/// ones is read as the same rows.
final class RowFuzzTest {
    private static final List<TableDefinition> TABLES = List.of(
            new TableDefinition("list", TableDefinition.Kind.ACTIVE_LIST, "", 0, 100, List.of()),
            new TableDefinition(
                    "table",
                    TableDefinition.Kind.CONTEXT_TABLE,
                    "",
                    0,
                    100,
                    List.of(
                            new TableField("host", TableField.Type.STRING, false, true),
                            new TableField("hits", TableField.Type.INTEGER, false, false),
                            new TableField("tags", TableField.Type.STRING, true, false))));

    /// The first byte says which table and format, the rest is the file.
    @FuzzTest
    void rows(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        TableDefinition table = TABLES.get(input[0] & 1);
        TableImport.Format format = TableImport.Format.values()[(input[0] >> 1 & 3) % 3];
        List<TableChange.Row> rows = new ArrayList<>();
        RowReader reader = reader(table, format, rows);
        try {
            reader.read(new ByteArrayInputStream(input, 1, input.length - 1));
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).isNotEmpty();
            return;
        }
        assertThat(rows).hasSize((int) reader.rows());
        assertThat(reader.bad()).hasSizeLessThanOrEqualTo(RowReader.SHOWN_BAD);
        assertThat(reader.bad())
                .allMatch(bad -> bad.line() >= 1 && !bad.reason().isEmpty());
        assertThat(rows).allMatch(row -> table.problem(row) == null);
        if (!rows.isEmpty()) {
            assertReadAgain(table, rows);
        }
    }

    private static RowReader reader(TableDefinition table, TableImport.Format format, List<TableChange.Row> rows) {
        char separator = format == TableImport.Format.TSV ? '\t' : ',';
        return new RowReader(table, new TableImport(format, separator, List.of(), false, true, "fuzz"), rows::add);
    }

    private static void assertReadAgain(TableDefinition table, List<TableChange.Row> rows) throws IOException {
        List<TableEntry> entries = rows.stream()
                .map(row -> new TableEntry(row.key(), row.values(), 0, 1L, 1L, null))
                .toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<String> keys = table.keyFields().stream().map(TableField::name).toList();
        RowWriter.write(keys, TableImport.Format.JSONL, entries, out);
        List<TableChange.Row> again = new ArrayList<>();
        reader(table, TableImport.Format.JSONL, again).read(new ByteArrayInputStream(out.toByteArray()));
        assertThat(again).isEqualTo(rows);
    }
}
