package io.tocsin.app.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableField;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Files that are imported: what is right is taken, what is not is refused with its line, whatever the bytes.
final class RowReaderTest {
    private static final TableDefinition LIST =
            new TableDefinition("a", TableDefinition.Kind.ACTIVE_LIST, "", 0, 1_000, List.of());
    private static final TableDefinition TABLE = new TableDefinition(
            "t",
            TableDefinition.Kind.CONTEXT_TABLE,
            "",
            0,
            1_000,
            List.of(
                    new TableField("address", TableField.Type.ADDRESS, false, true),
                    new TableField("port", TableField.Type.INTEGER, false, true),
                    new TableField("names", TableField.Type.STRING, true, false),
                    new TableField("hits", TableField.Type.INTEGER, false, false)));

    private record Read(List<TableChange.Row> rows, List<TableImport.BadRow> bad, long refused) {}

    private static Read read(TableDefinition table, TableImport.Format format, byte[] file, String... keyColumns)
            throws IOException {
        List<TableChange.Row> rows = new ArrayList<>();
        TableImport how = new TableImport(
                format, format == TableImport.Format.TSV ? '\t' : ',', List.of(keyColumns), false, true, "test");
        RowReader reader = new RowReader(table, how, rows::add);
        reader.read(new ByteArrayInputStream(file));
        assertThat(reader.rows()).isEqualTo(rows.size());
        return new Read(rows, reader.bad(), reader.refused());
    }

    private static Read csv(TableDefinition table, String file, String... keyColumns) throws IOException {
        return read(table, TableImport.Format.CSV, file.getBytes(StandardCharsets.UTF_8), keyColumns);
    }

    @Test
    void takesKeysAndFieldsOfSeparatedValuesAndJsonLines() throws IOException {
        Read list =
                csv(LIST, "\uFEFFkey,by,list\r\n10.0.0.5,\"a, \"\"b\"\"\",\"[\"\"x\"\",\"\"y\"\"]\"\r\n\r\nb,,\r\n");
        assertThat(list.rows())
                .containsExactly(
                        new TableChange.Row(
                                List.of("10.0.0.5"), Map.of("by", List.of("a, \"b\""), "list", List.of("x", "y"))),
                        new TableChange.Row(List.of("b"), Map.of()));
        assertThat(csv(LIST, "port,ip\n22,10.0.0.1\n", "ip", "port")
                        .rows()
                        .getFirst()
                        .key())
                .containsExactly("10.0.0.1", "22");
        assertThat(csv(LIST, "key.1,key.2\na,\nb,c\n").rows())
                .extracting(TableChange.Row::key)
                .containsExactly(List.of("a"), List.of("b", "c"));
        Read lines = read(
                TABLE,
                TableImport.Format.JSONL,
                "{\"key\":[\"10.0.0.1\",80],\"values\":{\"names\":[\"a\",\"b\"],\"hits\":7}}\n\n"
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(lines.rows())
                .containsExactly(new TableChange.Row(
                        List.of("10.0.0.1", "80"), Map.of("hits", List.of("7"), "names", List.of("a", "b"))));
    }

    @Test
    void refusesHostileRowsWithTheirLineAndTakesTheOthers() throws IOException {
        Map<String, String> rows = new TreeMap<>(Map.of(
                "a,1,2",
                "3 cells, but 2 columns",
                "a",
                "1 cells, but 2 columns",
                ",1",
                "the key is empty",
                "a\0,1",
                "no text",
                "a,\uFFFD",
                "no text",
                "x".repeat(3_000) + ",1",
                "the key is too long",
                "a," + "x".repeat(9_000),
                "a value is too long",
                "\"a\"b,1",
                "text behind a closing quote",
                "good,2",
                "the key stands in the file twice",
                "a," + "x".repeat(2_000_000),
                "the record is too long"));
        for (Map.Entry<String, String> each : rows.entrySet()) {
            Read read = csv(LIST, "key,v\ngood,1\n" + each.getKey() + "\nlast,1\n");
            assertThat(read.rows()).as(each.getValue()).hasSize(2);
            assertThat(read.refused()).isOne();
            assertThat(read.bad().getFirst().line()).isEqualTo(3);
            assertThat(read.bad().getFirst().reason()).contains(each.getValue());
        }
        Read open = csv(LIST, "key,v\ngood,1\n\"never closed,1\nlast,1\n");
        assertThat(open.rows()).hasSize(1);
        assertThat(open.bad()).containsExactly(new TableImport.BadRow(3, "a quote is not closed"));
    }

    @Test
    void refusesWhatDoesNotFitTheTypesOfATable() throws IOException {
        String header = "address,port,names,hits\n";
        for (String wrong :
                List.of("host,1,,", "10.0.0.1,x,,", "10.0.0.1,1,,1.5", "10.0.0.1,1,,\"[\"\"1\"\",\"\"2\"\"]\"")) {
            Read read = csv(TABLE, header + wrong + "\n");
            assertThat(read.rows()).as(wrong).isEmpty();
            assertThat(read.bad().getFirst().line()).isEqualTo(2);
        }
        for (String wrong : List.of(
                "[]", "{", "{\"key\":{}}", "{\"values\":{}}", "{\"key\":[\"10.0.0.1\",1],\"values\":{\"x\":1}}", "1")) {
            Read read = read(TABLE, TableImport.Format.JSONL, wrong.getBytes(StandardCharsets.UTF_8));
            assertThat(read.rows()).as(wrong).isEmpty();
            assertThat(read.refused()).isOne();
        }
        assertThatThrownBy(() -> csv(TABLE, "address\n10.0.0.1\n")).hasMessageContaining("column=port");
        assertThatThrownBy(() -> csv(LIST, "ip\n10.0.0.1\n")).hasMessageContaining("no column 'key'");
        assertThatThrownBy(() -> csv(LIST, "key,key\na,b\n")).hasMessageContaining("stands twice");
        assertThatThrownBy(() -> csv(LIST, "")).hasMessageContaining("empty");
    }

    @Test
    void takesNoMoreRowsThanTheTableHolds() throws IOException {
        StringBuilder file = new StringBuilder("key\n");
        for (int i = 0; i < 1_500; i++) {
            file.append(i).append('\n');
        }
        Read read = csv(LIST, file.toString());
        assertThat(read.rows()).hasSize(1_000);
        assertThat(read.refused()).isEqualTo(500);
        assertThat(read.bad())
                .hasSize(RowReader.SHOWN_BAD)
                .first()
                .satisfies(bad -> assertThat(bad.reason()).contains("maximumRecords=1000"));
    }

    @Test
    void readsBackWhatIsExported() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("RowReaderTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        String letters = "ab,\"\t\n\r;[]# é€\\'";
        List<TableEntry> entries = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Map<String, List<String>> values = new TreeMap<>();
            for (int k = random.nextInt(3); k > 0; k--) {
                List<String> items = new ArrayList<>();
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    items.add("v" + text(random, letters));
                }
                values.put("f" + k, items);
            }
            List<String> key = random.nextBoolean()
                    ? List.of(i + text(random, letters))
                    : List.of(text(random, letters) + "x", i + text(random, letters));
            entries.add(new TableEntry(key, values, 0, 1L, 1L, null));
        }
        for (TableImport.Format format : TableImport.Format.values()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            RowWriter.write(List.of(), format, entries, out);
            Read read = read(LIST, format, out.toByteArray());
            assertThat(read.bad()).as("%s seed %d", format, seed).isEmpty();
            for (int i = 0; i < entries.size(); i++) {
                assertThat(read.rows().get(i))
                        .as("%s seed %d row %d", format, seed, i)
                        .isEqualTo(new TableChange.Row(
                                entries.get(i).key(), entries.get(i).values()));
            }
        }
    }

    private static String text(Random random, String letters) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }

    @Test
    void survivesAnyBytes() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("RowReaderTest: repeat with -Dseed=" + seed);
        Random random = new Random(seed);
        byte[] common = "key,\"\n\r\t{}[]:values0\0".getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 3_000; round++) {
            byte[] file = new byte[random.nextInt(200)];
            for (int i = 0; i < file.length; i++) {
                file[i] = random.nextInt(8) == 0 ? (byte) random.nextInt(256) : common[random.nextInt(common.length)];
            }
            byte[] head = "key,v\n".getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            whole.writeBytes(random.nextBoolean() ? head : new byte[0]);
            whole.writeBytes(file);
            TableImport.Format format = TableImport.Format.values()[random.nextInt(3)];
            try {
                for (TableChange.Row row :
                        read(LIST, format, whole.toByteArray()).rows()) {
                    assertThat(LIST.problem(row))
                            .as("seed %d round %d", seed, round)
                            .isNull();
                }
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        }
    }
}
