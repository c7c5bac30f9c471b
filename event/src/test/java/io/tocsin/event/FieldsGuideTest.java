package io.tocsin.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FieldsGuideTest {
    private static final Path GUIDE = Path.of("../docs/guides/fields.md");

    /// Run with `-Dtocsin.write=true` to write the page anew after a change of the schema.
    @Test
    void pageInTheGuidesSaysWhatTheSchemaSays() throws IOException {
        String page = page();
        if (Boolean.getBoolean("tocsin.write")) {
            Files.writeString(GUIDE, page);
        }
        assertThat(GUIDE).as("run this test with -Dtocsin.write=true").content().isEqualTo(page);
    }

    @Test
    void codesAndNamesAreUniqueAndFound() {
        Set<Integer> codes = new HashSet<>();
        for (Field field : Field.values()) {
            assertThat(codes.add(field.code())).isTrue();
            assertThat(Fields.byCode(field.code())).isSameAs(field);
            assertThat(Fields.byName(field.fieldName())).isSameAs(field);
            assertThat(DynamicKind.ofCode(field.code())).isNull();
        }
        assertThat(Fields.byCode(-1)).isNull();
        assertThat(Fields.byCode(Fields.CODE_LIMIT)).isNull();
        assertThat(Fields.byName("sourceaddress")).isNull();
        assertThat(Fields.byCefKey("src")).isSameAs(Field.SOURCE_ADDRESS);
        // On disk and on the wire: these may never change.
        assertThat(Field.ID.code()).isEqualTo(16);
        assertThat(Field.RAW.code()).isEqualTo(32);
        assertThat(Field.FLEX_STRING_2_LABEL.code()).isEqualTo(200);
    }

    private static String page() {
        StringBuilder out = new StringBuilder();
        out.append("# Fields of an event\n\n");
        out.append(
                "Generated from `event/src/schema/fields.tsv`. Names are those of JSON output, rules, searches and ClickHouse columns.\n");
        out.append(
                "Beside these an event may hold `Extra.<key>` (what a normalizer left unmapped) and typed fields of your own: `S.<key>`\n");
        out.append("text, `N.<key>` whole number, `F.<key>` fraction, `SA.`, `NA.`, `FA.` arrays of them.\n");
        for (FieldGroup group : FieldGroup.values()) {
            out.append("\n## ").append(title(group)).append("\n\n");
            out.append("| Field | Type | Size | CEF | ECS | Meaning |\n|---|---|---|---|---|---|\n");
            for (Field field : Field.values()) {
                if (field.group() == group) {
                    out.append("| `").append(field.fieldName()).append("` | ");
                    out.append(field.type().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                            .append(" | ");
                    out.append(field.size()).append(" | ");
                    out.append(field.cefKey() == null ? "" : field.cefKey()).append(" | ");
                    out.append(field.ecsName() == null ? "" : field.ecsName()).append(" | ");
                    out.append(field.meaning()).append(" |\n");
                }
            }
        }
        return out.toString();
    }

    private static String title(FieldGroup group) {
        return switch (group) {
            case SERVICE -> "Filled by Tocsin";
            case PURPOSE -> "The name says the purpose";
            case CUSTOM -> "The label beside it says the purpose";
        };
    }
}
