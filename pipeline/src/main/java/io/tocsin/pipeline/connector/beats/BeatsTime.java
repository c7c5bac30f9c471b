package io.tocsin.pipeline.connector.beats;

import java.time.LocalDate;
import java.time.YearMonth;

/// Reads times as Beats write them: `2026-11-22T10:00:00.001Z`, the fraction with 1 to 9 digits or none (RFC 3339
/// §5.6, in universal time). Stateless.
final class BeatsTime {
    private static final int SECONDS_END = 19;
    private static final String SHAPE = "dddd-dd-ddTdd:dd:dd";

    private BeatsTime() {}

    /// Milliseconds since 1970, what is shorter cut off; -1 when it is no such time or before 1970.
    ///
    /// @param end behind its last byte
    static long millis(byte[] text, int start, int end) {
        int length = end - start;
        if (length <= SECONDS_END || text[end - 1] != 'Z') {
            return -1;
        }
        for (int i = 0; i < SECONDS_END; i++) {
            char wanted = SHAPE.charAt(i);
            byte b = text[start + i];
            boolean digit = b >= '0' && b <= '9';
            if (wanted == 'd' ? !digit : b != wanted) {
                return -1;
            }
        }
        int fraction = fraction(text, start + SECONDS_END, end - 1);
        int year = number(text, start, 4);
        int month = number(text, start + 5, 2);
        int day = number(text, start + 8, 2);
        int hour = number(text, start + 11, 2);
        int minute = number(text, start + 14, 2);
        int second = number(text, start + 17, 2);
        if (fraction < 0
                || year < 1970
                || month < 1
                || month > 12
                || day < 1
                || day > YearMonth.of(year, month).lengthOfMonth()
                || hour > 23
                || minute > 59
                || second > 59) {
            return -1;
        }
        long days = LocalDate.of(year, month, day).toEpochDay();
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + fraction;
    }

    /// Milliseconds of a fraction of a second; -1 when it is none.
    private static int fraction(byte[] text, int start, int end) {
        if (start == end) {
            return 0;
        }
        if (text[start] != '.' || end - start < 2 || end - start > 10) {
            return -1;
        }
        int millis = 0;
        for (int i = 1; i < end - start; i++) {
            byte b = text[start + i];
            if (b < '0' || b > '9') {
                return -1;
            }
            if (i <= 3) {
                millis = millis * 10 + b - '0';
            }
        }
        for (int i = end - start; i <= 3; i++) {
            millis *= 10;
        }
        return millis;
    }

    private static int number(byte[] text, int start, int digits) {
        int number = 0;
        for (int i = 0; i < digits; i++) {
            number = number * 10 + text[start + i] - '0';
        }
        return number;
    }
}
