package io.tocsin.correlator.function;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAdjusters;
import java.time.temporal.TemporalQueries;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Functions of time. A time is a number of milliseconds since 1970, or a text in ISO 8601. Zones are names such as
/// `Europe/Berlin` or offsets such as `+02:00`; UTC when left out.
final class TimeFunctions {
    private static final int MAXIMUM_LAYOUTS = 1_000;
    private static final Map<String, DateTimeFormatter> LAYOUTS = new ConcurrentHashMap<>();

    private static final Set<String> PARTS = Set.of("y", "M", "d", "h", "m", "s", "wd", "yd");
    private static final Set<String> BEGINNINGS = Set.of("y", "M", "w", "d", "h", "m", "s");

    private TimeFunctions() {}

    static final List<RuleFunction> ALL = List.of(
            RuleFunction.of(
                    "now",
                    "",
                    0,
                    0,
                    "The time of the event, milliseconds since 1970. There is no other clock: the same events give the"
                            + " same answer whenever they are read.",
                    (_, scope) -> Value.of(scope.nowMillis()),
                    "now()",
                    "1767605400000"),
            checked(
                    RuleFunction.of(
                            "extract_from_timestamp",
                            "time, part[, zone]",
                            2,
                            3,
                            "A part of a time as a number: `y` year, `M` month, `d` day, `h` hour, `m` minute, `s` second,"
                                    + " `wd` day of the week (0 Sunday … 6 Saturday), `yd` day of the year.",
                            (arguments, scope) -> {
                                ZonedDateTime time = time(arguments.getFirst(), zone(arguments, 2));
                                return time == null
                                        ? fail(scope)
                                        : part(time, arguments.get(1).text(), scope);
                            },
                            "extract_from_timestamp('2026-01-05T09:30:00Z', 'h', 'Europe/Moscow')",
                            "12",
                            "extract_from_timestamp('2026-01-04T09:30:00Z', 'wd')",
                            "0"),
                    new Checked(1, "part", PARTS::contains)),
            checked(
                    RuleFunction.of(
                            "parse_timestamp",
                            "layout, text[, zone]",
                            2,
                            3,
                            "The time that a text says, milliseconds since 1970. The layout is a pattern such as"
                                    + " `yyyy-MM-dd HH:mm:ss`, or empty for ISO 8601; the zone is for texts that say none.",
                            (arguments, scope) -> {
                                ZoneId zone = zone(arguments, 2);
                                Long millis = zone == null
                                        ? null
                                        : parse(
                                                arguments.get(0).text(),
                                                arguments.get(1).text(),
                                                zone);
                                return millis == null ? fail(scope) : Value.of(millis);
                            },
                            "parse_timestamp('dd.MM.yyyy HH:mm', '05.01.2026 09:30')",
                            "1767605400000"),
                    new Checked(0, "layout", text -> layout(text) != null)),
            checked(
                    RuleFunction.of(
                            "format_timestamp",
                            "time, layout[, zone]",
                            2,
                            3,
                            "The time written in a layout such as `yyyy-MM-dd HH:mm`; ISO 8601 when the layout is empty.",
                            (arguments, scope) -> {
                                ZonedDateTime time = time(arguments.getFirst(), zone(arguments, 2));
                                DateTimeFormatter layout =
                                        layout(arguments.get(1).text());
                                if (time == null || layout == null) {
                                    return fail(scope);
                                }
                                try {
                                    return Value.of(layout.format(time));
                                } catch (DateTimeException notThere) {
                                    return fail(scope);
                                }
                            },
                            "format_timestamp(1767605400000, 'yyyy-MM-dd HH:mm', '+02:00')",
                            "2026-01-05 11:30"),
                    new Checked(1, "layout", text -> layout(text) != null)),
            checked(
                    RuleFunction.of(
                            "truncate_timestamp",
                            "time, part[, zone]",
                            2,
                            3,
                            "The beginning of the part in which the time lies: `y`, `M`, `w` (Monday), `d`, `h`, `m` or `s`.",
                            (arguments, scope) -> {
                                ZonedDateTime time = time(arguments.getFirst(), zone(arguments, 2));
                                ZonedDateTime start = time == null
                                        ? null
                                        : truncated(time, arguments.get(1).text());
                                return start == null
                                        ? fail(scope)
                                        : Value.of(start.toInstant().toEpochMilli());
                            },
                            "format_timestamp(truncate_timestamp('2026-01-05T09:30:00Z', 'h'), '')",
                            "2026-01-05T09:00:00Z"),
                    new Checked(1, "part", BEGINNINGS::contains)),
            checked(
                    RuleFunction.of(
                            "time_diff",
                            "end, start[, unit]",
                            2,
                            3,
                            "How much time lies between, in `ms` (when left out), `s`, `m`, `h` or `d`, with a fraction.",
                            (arguments, scope) -> {
                                Double end = millis(arguments.get(0));
                                Double start = millis(arguments.get(1));
                                double unit = arguments.size() == 2
                                        ? 1
                                        : unit(arguments.get(2).text());
                                return end == null || start == null || Double.isNaN(unit)
                                        ? fail(scope)
                                        : Value.of((end - start) / unit);
                            },
                            "time_diff('2026-01-05T09:30:00Z', '2026-01-05T09:00:00Z', 'm')",
                            "30"),
                    new Checked(2, "unit", name -> !Double.isNaN(unit(name)))));

    /// What an argument must be when it is a constant: a mistake in it would give nothing, for every event.
    private record Checked(int argument, String what, Predicate<String> fits) {
        void check(List<Expression> arguments) {
            if (argument < arguments.size()
                    && arguments.get(argument) instanceof Expression.Constant constant
                    && !fits.test(constant.value().text())) {
                throw new IllegalArgumentException(
                        "not a " + what + " [" + what + "=" + constant.value().text() + "]");
            }
        }
    }

    /// The function with this argument, and the zone, looked at when a rule is read.
    private static RuleFunction checked(RuleFunction function, Checked checked) {
        Checked zone = new Checked(2, "zone", TimeFunctions::isZone);
        return new RuleFunction(
                function.name(),
                function.arguments(),
                function.minimum(),
                function.maximum(),
                function.readsTables(),
                function.description(),
                function.examples(),
                arguments -> {
                    checked.check(arguments);
                    if (checked.argument() != zone.argument()) {
                        zone.check(arguments);
                    }
                    return function.implementation().bind(arguments);
                });
    }

    private static boolean isZone(String name) {
        return zone(List.of(Value.of(name)), 0) != null;
    }

    private static Value fail(Scope scope) {
        scope.failed();
        return Value.EMPTY;
    }

    private static double unit(String name) {
        return switch (name) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            default -> Double.NaN;
        };
    }

    /// Milliseconds since the epoch, or null.
    static @Nullable Double millis(Value value) {
        double number = value.number();
        if (!Double.isNaN(number)) {
            return number;
        }
        Long parsed = parse("", value.text(), ZoneOffset.UTC);
        return parsed == null ? null : Double.valueOf(parsed);
    }

    private static @Nullable ZonedDateTime time(Value value, @Nullable ZoneId zone) {
        Double millis = millis(value);
        if (millis == null || zone == null || Math.abs(millis) > 1e14) {
            return null;
        }
        return Instant.ofEpochMilli(millis.longValue()).atZone(zone);
    }

    private static @Nullable ZoneId zone(List<Value> arguments, int at) {
        if (arguments.size() <= at || arguments.get(at).isEmpty()) {
            return ZoneOffset.UTC;
        }
        try {
            return ZoneId.of(arguments.get(at).text());
        } catch (DateTimeException unknown) {
            return null;
        }
    }

    private static @Nullable DateTimeFormatter layout(String pattern) {
        if (pattern.isEmpty()) {
            return DateTimeFormatter.ISO_OFFSET_DATE_TIME;
        }
        DateTimeFormatter known = LAYOUTS.get(pattern);
        if (known == null && pattern.length() <= 200) {
            try {
                known = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
            } catch (IllegalArgumentException wrong) {
                return null;
            }
            if (LAYOUTS.size() < MAXIMUM_LAYOUTS) {
                LAYOUTS.put(pattern, known);
            }
        }
        return known;
    }

    private static @Nullable Long parse(String pattern, String text, ZoneId zone) {
        if (text.length() > 200) {
            return null;
        }
        DateTimeFormatter layout = pattern.isEmpty() ? DateTimeFormatter.ISO_DATE_TIME : layout(pattern);
        if (layout == null) {
            return null;
        }
        try {
            TemporalAccessor parsed = layout.parse(text);
            LocalDate date = parsed.query(TemporalQueries.localDate());
            LocalTime time = parsed.query(TemporalQueries.localTime());
            ZoneId own = parsed.query(TemporalQueries.zone());
            if (date == null) {
                return null;
            }
            return LocalDateTime.of(date, time == null ? LocalTime.MIDNIGHT : time)
                    .atZone(own == null ? zone : own)
                    .toInstant()
                    .toEpochMilli();
        } catch (DateTimeParseException | ArithmeticException wrong) {
            return null;
        }
    }

    private static Value part(ZonedDateTime time, String part, Scope scope) {
        return switch (part) {
            case "y" -> Value.of(time.getYear());
            case "M" -> Value.of(time.getMonthValue());
            case "d" -> Value.of(time.getDayOfMonth());
            case "h" -> Value.of(time.getHour());
            case "m" -> Value.of(time.getMinute());
            case "s" -> Value.of(time.getSecond());
            case "wd" -> Value.of(time.getDayOfWeek().getValue() % 7);
            case "yd" -> Value.of(time.getDayOfYear());
            default -> fail(scope);
        };
    }

    private static @Nullable ZonedDateTime truncated(ZonedDateTime time, String part) {
        ZonedDateTime day = time.truncatedTo(ChronoUnit.DAYS);
        return switch (part) {
            case "y" -> day.with(TemporalAdjusters.firstDayOfYear());
            case "M" -> day.with(TemporalAdjusters.firstDayOfMonth());
            case "w" -> day.with(TemporalAdjusters.previousOrSame(java.time.DayOfWeek.MONDAY));
            case "d" -> day;
            case "h" -> time.truncatedTo(ChronoUnit.HOURS);
            case "m" -> time.truncatedTo(ChronoUnit.MINUTES);
            case "s" -> time.truncatedTo(ChronoUnit.SECONDS);
            default -> null;
        };
    }
}
