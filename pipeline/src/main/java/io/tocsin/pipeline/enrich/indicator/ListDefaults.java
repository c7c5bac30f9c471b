package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.OptionalKey;
import io.tocsin.config.Values;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What indicators of a list are when the list does not say it of each, and how its texts are read.
///
/// @param lifetime how long indicators without an end count after the list was read, or null: for ever
record ListDefaults(
        String name,
        @Nullable IndicatorKind kind,
        String category,
        int confidence,
        @Nullable Duration lifetime) {
    /// The keys that make them.
    ///
    /// Thread-safety: one thread.
    static final class Keys {
        private final Key<String> name;
        private final OptionalKey<IndicatorKind> kind;
        private final Key<String> category;
        private final OptionalKey<Integer> confidence;
        private final OptionalKey<Duration> lifetime;

        Keys(ConfigSpec.Builder keys) {
            name = keys.text("name", "What the list is called in events.").required();
            kind = keys.choice("kind", "What its indicators are; as each looks when left out.", IndicatorKind.class)
                    .optional();
            category = keys.text("category", "What its indicators stand for, unless it says so itself.")
                    .example("botnet")
                    .defaultTo("");
            confidence = keys.integer("confidence", "How sure it is, unless it says so itself.", 0, 100)
                    .optional();
            lifetime = keys.duration(
                            "lifetime",
                            "How long indicators without an end count after the list was read; for ever when left out.",
                            Duration.ofMinutes(1),
                            Duration.ofDays(3650))
                    .optional();
        }

        ListDefaults read(Values values) {
            Integer sure = values.get(confidence);
            return new ListDefaults(
                    values.get(name),
                    values.get(kind),
                    values.get(category),
                    sure == null ? -1 : sure,
                    values.get(lifetime));
        }
    }

    /// An indicator of texts, of which all but the value may be empty.
    Indicator indicator(
            String value,
            String kindText,
            String categoryText,
            String confidenceText,
            String end,
            String reference,
            long nowMillis) {
        IndicatorKind own = kindText.isEmpty() ? null : kindOf(kindText);
        return new Indicator(
                own == null ? kind : own,
                value,
                name,
                categoryText.isEmpty() ? category : categoryText,
                confidence(confidenceText),
                end(end, nowMillis),
                reference);
    }

    /// When an indicator ends.
    ///
    /// @param text a date, a time, seconds or milliseconds since the epoch; empty or unreadable: by the lifetime
    long end(String text, long nowMillis) {
        long millis = millis(text.strip());
        if (millis >= 0) {
            return millis;
        }
        Duration lasting = lifetime;
        return lasting == null ? Long.MAX_VALUE : nowMillis + lasting.toMillis();
    }

    private int confidence(String text) {
        try {
            return text.isEmpty() ? confidence : Math.clamp((int) Double.parseDouble(text.strip()), 0, 100);
        } catch (NumberFormatException _) {
            return switch (text.strip().toLowerCase(Locale.ROOT)) {
                case "low" -> 15;
                case "medium", "med" -> 50;
                case "high" -> 85;
                default -> confidence;
            };
        }
    }

    private static long millis(String text) {
        if (text.isEmpty()) {
            return -1;
        }
        try {
            if (text.chars().allMatch(Character::isDigit)) {
                long number = Long.parseLong(text);
                return number < 100_000_000_000L ? number * 1000 : number;
            }
            String time = text.replace(' ', 'T');
            if (time.indexOf('T') < 0) {
                return LocalDate.parse(time)
                        .atStartOfDay()
                        .toInstant(ZoneOffset.UTC)
                        .toEpochMilli();
            }
            if (time.endsWith("Z")) {
                return Instant.parse(time).toEpochMilli();
            }
            return time.lastIndexOf('+') > 10 || time.lastIndexOf('-') > 10
                    ? OffsetDateTime.parse(time).toInstant().toEpochMilli()
                    : LocalDateTime.parse(time).toInstant(ZoneOffset.UTC).toEpochMilli();
        } catch (NumberFormatException | DateTimeException | ArithmeticException _) {
            return -1;
        }
    }

    /// What lists call their kinds; null for names that are not known.
    static @Nullable IndicatorKind kindOf(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "ip", "ipv4", "ipv6", "address", "addr", "ip-src", "ip-dst", "ipv4-addr", "ipv6-addr", "ip address" ->
                IndicatorKind.ADDRESS;
            case "cidr", "network", "subnet", "netblock" -> IndicatorKind.NETWORK;
            case "domain", "hostname", "host", "fqdn", "domain-name" -> IndicatorKind.DOMAIN;
            case "url", "uri", "link" -> IndicatorKind.URL;
            case "hash", "md5", "sha1", "sha-1", "sha256", "sha-256", "sha512", "sha-512", "sha224", "sha384", "file" ->
                IndicatorKind.HASH;
            default -> null;
        };
    }
}
