package io.tocsin.pipeline.enrich;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueType;
import io.tocsin.config.Values;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.StageContext;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Says in `DeviceTimeZone` how far the clock of a source is from UTC, and on request puts times right that were read
/// as UTC although they were local times of that zone. In the hour that a clock jumps over, the offset before the
/// jump counts; in the hour that it goes through twice, the earlier one.
///
/// @param zone the zone, or null when a field says it
/// @param from field that names the zone, or null
/// @param shift times to put right
record TimezoneEnrichment(
        EnrichmentHead head,
        @Nullable ZoneId zone,
        @Nullable FieldReference from,
        List<FieldReference> shift) implements Enrichment {
    private static final ValueType<ZoneId> ZONE = ValueType.ofText(
            "time zone", "a time zone such as +03:00 or Europe/Berlin", TimezoneEnrichment::parse, ZoneId::getId);

    static final ComponentSpec<Enrichment> SPEC = ComponentSpec.of(
            "timezone", "Notes the time zone of a source and puts its local times right.", TimezoneEnrichment::keys);

    private static Function<Values, Enrichment> keys(ConfigSpec.Builder keys) {
        var head = new EnrichmentHead.Keys("timezone", keys, true);
        var zone =
                keys.key("zone", "Zone of the source.", ZONE).example("+03:00").optional();
        var from = keys.key("from", "Field that names the zone instead.", FieldInput.TYPE)
                .example("DeviceTimeZone")
                .optional();
        var shift = keys.list(
                        "shift",
                        "Times that were read as UTC although they are local times of the zone.",
                        FieldOutput.TYPE)
                .example("DeviceReceiptTime")
                .defaultTo(List.of());
        return values -> {
            ZoneId given = values.get(zone);
            FieldReference field = values.get(from);
            if ((given == null) == (field == null)) {
                throw new IllegalArgumentException("exactly one of zone, from is expected");
            }
            for (FieldReference time : values.get(shift)) {
                if (time.valueType() != FieldType.TIMESTAMP) {
                    throw new IllegalArgumentException("only times can be shifted [field=" + time.name() + "]");
                }
            }
            return new TimezoneEnrichment(head.read(values), given, field, values.get(shift));
        };
    }

    private static @Nullable ZoneId parse(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException _) {
            return null;
        }
    }

    @Override
    public Enrichment named(EnrichmentHead other) {
        return new TimezoneEnrichment(other, zone, from, shift);
    }

    @Override
    public OpenEnrichment open(StageContext context, EnrichmentCounters counters) {
        return () -> new Step(this, counters);
    }

    /// Thread-safety: one thread at a time.
    private static final class Step implements EnrichmentStep {
        private static final int MAXIMUM_ZONES = 1000;

        private final EnrichmentCounters counters;
        private final @Nullable ZoneId fixed;
        private final @Nullable FieldInput input;
        private final Field[] times;
        private final FieldOutput output;
        private final Map<String, @Nullable ZoneId> zones = new HashMap<>();
        private ZoneOffset lastOffset = ZoneOffset.UTC;
        private byte[] lastText = "+00:00".getBytes(UTF_8);

        Step(TimezoneEnrichment config, EnrichmentCounters counters) {
            this.counters = counters;
            fixed = config.zone;
            input = config.from == null ? null : new FieldInput(config.from);
            times = config.shift.stream()
                    .map(field -> ((FieldReference.Fixed) field).field())
                    .toArray(Field[]::new);
            output = new FieldOutput(FieldReference.of(Field.DEVICE_TIME_ZONE), config.head.overwrite());
        }

        @Override
        public boolean apply(OpenEvent event) {
            ZoneId zone = zone(event);
            if (zone == null) {
                return true;
            }
            ZoneOffset offset = null;
            for (Field time : times) {
                long millis = event.read().integer(time, Long.MIN_VALUE);
                if (millis != Long.MIN_VALUE) {
                    ZoneOffset own = localOffset(zone, millis);
                    offset = offset == null ? own : offset;
                    event.write().setInteger(time, millis - own.getTotalSeconds() * 1000L);
                }
            }
            if (offset == null) {
                offset = zone.getRules()
                        .getOffset(Instant.ofEpochMilli(event.read().timestampMillis()));
            }
            if (output.wants(event)) {
                byte[] text = text(offset);
                output.text(event, text, 0, text.length);
            }
            counters.hit();
            return true;
        }

        private @Nullable ZoneId zone(OpenEvent event) {
            if (input == null) {
                return fixed;
            }
            if (!input.read(event)) {
                counters.miss();
                return null;
            }
            String name = input.toString();
            if (zones.size() > MAXIMUM_ZONES) {
                zones.clear();
            }
            ZoneId zone = zones.computeIfAbsent(name, TimezoneEnrichment::parse);
            if (zone == null) {
                counters.error();
                counters.mark(event, "no such time zone");
            }
            return zone;
        }

        private static ZoneOffset localOffset(ZoneId zone, long millis) {
            if (zone instanceof ZoneOffset offset) {
                return offset;
            }
            return zone.getRules()
                    .getOffset(LocalDateTime.ofEpochSecond(Math.floorDiv(millis, 1000L), 0, ZoneOffset.UTC));
        }

        private byte[] text(ZoneOffset offset) {
            if (!offset.equals(lastOffset)) {
                lastOffset = offset;
                lastText = (offset.equals(ZoneOffset.UTC) ? "+00:00" : offset.getId()).getBytes(UTF_8);
            }
            return lastText;
        }
    }
}
