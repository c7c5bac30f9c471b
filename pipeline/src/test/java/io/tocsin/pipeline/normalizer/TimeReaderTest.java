package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimeReaderTest {
    private static final long REFERENCE = Instant.parse("2026-11-22T10:00:00Z").toEpochMilli();

    private static String read(String text, TimeLayout... layouts) {
        byte[] bytes = text.getBytes(UTF_8);
        long millis = new TimeReader(ZoneOffset.UTC, List.of(layouts)).read(bytes, 0, bytes.length, REFERENCE);
        return millis == TimeReader.NONE ? "none" : Instant.ofEpochMilli(millis).toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    1795341600                      | 2026-11-22T10:00:00Z
                    1795341600.25                   | 2026-11-22T10:00:00.250Z
                    1795341600250                   | 2026-11-22T10:00:00.250Z
                    1795341600250999                | 2026-11-22T10:00:00.250Z
                    1795341600250999111             | 2026-11-22T10:00:00.250Z
                    20261122100000                  | 2026-11-22T10:00:00Z
                    20261122T100000Z                | 2026-11-22T10:00:00Z
                    2026-11-22T10:00:00Z            | 2026-11-22T10:00:00Z
                    2026-11-22t10:00:00.123456789z  | 2026-11-22T10:00:00.123Z
                    2026-11-22T10:00:00-0330        | 2026-11-22T13:30:00Z
                    2026-11-22 10:00:00 +0100       | 2026-11-22T09:00:00Z
                    2026-11-22 10:00:00 UTC         | 2026-11-22T10:00:00Z
                    2026/11/22 10:00:00             | 2026-11-22T10:00:00Z
                    Nov 22 2026 10:00:00            | 2026-11-22T10:00:00Z
                    Nov 22 2026 10:00:00.001 CET    | 2026-11-22T09:00:00.001Z
                    Nov 22, 2026 10:00:00 AM        | 2026-11-22T10:00:00Z
                    November 2 2026 12:00:00 AM     | 2026-11-02T00:00:00Z
                    Nov 22 10:00:00                 | 2026-11-22T10:00:00Z
                    22/Nov/2026:10:00:00 +0200      | 2026-11-22T08:00:00Z
                    [22/Nov/2026:10:00:00 +0200]    | 2026-11-22T08:00:00Z
                    22 Nov 2026 10:00:00            | 2026-11-22T10:00:00Z
                    22-Nov-2026 10:00:00            | 2026-11-22T10:00:00Z
                    Sun Nov 22 10:00:00 2026        | 2026-11-22T10:00:00Z
                    Sun Nov 22 10:00:00 CET 2026    | 2026-11-22T09:00:00Z
                    Sun, 22 Nov 2026 10:00:00 GMT   | 2026-11-22T10:00:00Z
                    22.11.2026 10:00:00             | 2026-11-22T10:00:00Z
                    11/22/2026 10:00:00 PM          | 2026-11-22T22:00:00Z
                    22/11/2026 10:00:00             | 2026-11-22T10:00:00Z
                    nonsense text                   | none
                    2026-13-22T10:00:00Z            | none
                    2026-11-22T25:00:00Z            | none
                    Feb 30 2026 10:00:00            | none
                    12                              | none
                    """)
    void recognizesCommonLayouts(String text, String expected) {
        assertThat(read(text)).isEqualTo(expected);
    }

    @Test
    void readsDeclaredLayouts() {
        assertThat(read("22.11.26 7h05", TimeLayout.parse("dd.MM.yy H'h'mm"))).isEqualTo("2026-11-22T07:05:00Z");
        assertThat(read("26-Nov-22 10:00:01.5 +0100", TimeLayout.parse("yy-MMM-dd HH:mm:ss.S Z")))
                .isEqualTo("2026-11-22T09:00:01.500Z");
        assertThat(read("132", TimeLayout.parse("epochSeconds"))).isEqualTo("1970-01-01T00:02:12Z");
        assertThat(read("1795341600250999", TimeLayout.parse("epochMicros"))).isEqualTo("2026-11-22T10:00:00.250Z");
        assertThatThrownBy(() -> TimeLayout.parse("yyyy-JJ-dd")).hasMessageContaining("letter=J");
        assertThatThrownBy(() -> TimeLayout.parse("HH:mm")).hasMessageContaining("month and day");
    }

    @Test
    void countsDaysAsTheCalendarDoes() {
        for (LocalDate date = LocalDate.of(1896, 1, 1); date.getYear() < 2110; date = date.plusDays(1)) {
            assertThat(SiteClock.epochDay(date.getYear(), date.getMonthValue(), date.getDayOfMonth()))
                    .isEqualTo(date.toEpochDay());
        }
        assertThat(SiteClock.isDate(2100, 2, 29)).isFalse();
        assertThat(SiteClock.isDate(2000, 2, 29)).isTrue();
    }
}
