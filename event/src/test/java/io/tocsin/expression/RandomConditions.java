package io.tocsin.expression;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Makes events and conditions from the same few values, so that conditions often hold.
final class RandomConditions {
    static final String[] TEXTS = {
        "Microsoft",
        "microsoft",
        "MICROSOFT",
        "Microsoft-Windows-Security-Auditing",
        "straße",
        "STRASSE",
        "ÄÖÜ",
        "äöü",
        "\u212Aelvin",
        "kelvin",
        "KELVIN",
        "İstanbul",
        "ıslak",
        "ISLAK",
        "ſecret",
        "10.0.0.1",
        "10.20.30.40",
        "010.0.0.1",
        "::ffff:10.0.0.1",
        "2001:db8::1",
        "2001:DB8:0:0::1",
        "fe80::1%eth0",
        "::",
        "4688",
        "-5",
        "0",
        "1.50",
        "1.5",
        "99999999999999999999",
        "a b",
        "c:\\windows\\system32\\cmd.exe",
        "C:\\Windows\\System32\\CMD.EXE",
        "/usr/bin/sudo",
        "😀 smile",
        "x",
        "a'b\"c`d",
        "line one\ttab"
    };
    private static final String[] PARTS = {
        "micro", "MICRO", "soft", "x", "e", "k", "S", "ß", "ä", "\\", ".", "10.", "cmd.exe", "CMD", "😀", "1", "-",
        "ecret", "i"
    };
    private static final String[] PATTERNS = {
        "[Mm]icrosoft.*",
        ".*soft",
        "micro",
        "(?i)cmd\\.exe$",
        "^c:",
        "\\d+",
        "10\\.(\\d+)\\.",
        "a|b",
        "k",
        "(?i)kelvin",
        "stra.e",
        "x*",
        "(micro)+soft",
        "(?:windows|usr)[/\\\\]",
        "[0-9A-F]{3,}",
        "e{0}l",
        "s\\S*t",
        ".smile"
    };
    private static final String[] NETWORKS = {
        "10.0.0.0/8",
        "10.0.0.1",
        "0.0.0.0/0",
        "2001:db8::/32",
        "::/0",
        "fe80::/10",
        "::ffff:10.0.0.0/104",
        "10.20.30.41/31"
    };
    private static final String[] NUMBERS = {
        "0",
        "1",
        "-5",
        "22",
        "443",
        "65535",
        "4688",
        "1.5",
        "22.0",
        "1700000000000",
        "9007199254740993",
        "123456789012345678"
    };
    private static final Field[] TEXT_FIELDS = {
        Field.DEVICE_VENDOR,
        Field.MESSAGE,
        Field.SOURCE_ADDRESS,
        Field.SOURCE_USER_NAME,
        Field.NAME,
        Field.PARSE_ERROR,
        Field.RAW,
        Field.ID,
        Field.AFFECTED_ASSETS
    };
    private static final Field[] NUMBER_FIELDS = {
        Field.SOURCE_PORT, Field.BYTES_IN, Field.SOURCE_LATITUDE, Field.DEVICE_CUSTOM_FLOATING_POINT_1
    };
    private static final Field[] TIME_FIELDS = {Field.START_TIME, Field.TIMESTAMP};
    private static final String[] KEYS = {"a", "a.b", "odd key", "ключ", "it's"};

    private final Random random;

    RandomConditions(long seed) {
        random = new Random(seed);
    }

    private <T> T one(T[] values) {
        return values[random.nextInt(values.length)];
    }

    Condition condition(int depth) {
        int kind = depth == 0 ? 9 : random.nextInt(10);
        return switch (kind) {
            case 0, 1 -> Condition.and(conditions(depth));
            case 2, 3 -> Condition.or(conditions(depth));
            case 4 -> Condition.not(condition(depth - 1));
            default -> random.nextInt(5) == 0 ? relation() : test();
        };
    }

    private List<Condition> conditions(int depth) {
        List<Condition> parts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            parts.add(condition(depth - 1));
        }
        return parts;
    }

    private FieldReference field(boolean text, boolean any) {
        if (text) {
            return switch (random.nextInt(any ? 10 : 9)) {
                case 0, 1 ->
                    FieldReference.of(
                            one(new DynamicKind[] {DynamicKind.EXTRA, DynamicKind.S, DynamicKind.SA}), one(KEYS));
                case 9 -> new FieldReference.AnyField();
                default -> FieldReference.of(one(TEXT_FIELDS));
            };
        }
        return switch (random.nextInt(6)) {
            case 0, 1 ->
                FieldReference.of(
                        one(new DynamicKind[] {DynamicKind.N, DynamicKind.F, DynamicKind.NA, DynamicKind.FA}),
                        one(KEYS));
            case 2 -> FieldReference.of(one(TIME_FIELDS));
            default -> FieldReference.of(one(NUMBER_FIELDS));
        };
    }

    private FieldReference field() {
        return field(random.nextInt(3) > 0, false);
    }

    private Condition relation() {
        Operator operator;
        do {
            operator = one(Operator.values());
        } while (!operator.takesField());
        boolean ignoreCase = operator.takesIgnoreCase() && random.nextBoolean();
        return new Condition.Relation(field(), operator, field(), ignoreCase);
    }

    private Condition test() {
        Operator operator = one(Operator.values());
        boolean number = random.nextInt(4) == 0 && operator != Operator.IN_SUBNET;
        boolean any = operator == Operator.CONTAINS || operator == Operator.MATCH || operator == Operator.SEARCH;
        FieldReference field = field(!number, any);
        if (operator == Operator.HAS_BIT && field.valueType() == FieldType.FLOAT) {
            field = FieldReference.of(Field.SOURCE_PORT);
        }
        if (operator == Operator.EXISTS) {
            return Condition.exists(field);
        }
        List<String> values = new ArrayList<>();
        int count = operator.takesList() ? random.nextInt(6) + 1 : 1;
        for (int i = 0; i < count; i++) {
            values.add(value(operator, number));
        }
        return new Condition.Test(field, operator, values, operator.takesIgnoreCase() && random.nextBoolean());
    }

    private String value(Operator operator, boolean number) {
        return switch (operator) {
            case EQUAL -> random.nextInt(10) == 0 ? "" : number ? one(NUMBERS) : one(TEXTS);
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL ->
                number || random.nextBoolean() ? one(NUMBERS) : one(TEXTS);
            case CONTAINS, STARTS_WITH, ENDS_WITH -> random.nextInt(4) == 0 ? one(TEXTS) : one(PARTS);
            case MATCH, SEARCH -> one(PATTERNS);
            case IN_SUBNET -> one(NETWORKS);
            case HAS_BIT -> Integer.toString(random.nextInt(64));
            case EXISTS -> "";
        };
    }

    /// Writes one event to the batch and returns what it holds.
    Map<String, List<Object>> event(EventBatch batch) {
        Map<String, List<Object>> values = new LinkedHashMap<>();
        EventBuilder builder = batch.builder();
        byte[] raw = text().getBytes(StandardCharsets.UTF_8);
        long received = 1_700_000_000_000_000_000L + random.nextInt(1_000_000);
        long idHigh = random.nextLong();
        long idLow = random.nextLong();
        builder.begin(
                new EntryOrigin("", "collector", "", "10.0.0.9", 1, "", -1, ""),
                idHigh,
                idLow,
                received,
                random.nextInt(100),
                raw,
                0,
                raw.length);
        values.put("ID", List.of(EventIds.text(idHigh, idLow)));
        values.put("Timestamp", List.of(received / 1_000_000));
        if (random.nextBoolean()) {
            builder.setFlag(EventBatch.FLAG_KEEP_RAW);
            values.put("Raw", List.of(new String(raw, StandardCharsets.UTF_8)));
        }
        for (Field field : TEXT_FIELDS) {
            if (field != Field.RAW && field != Field.ID && random.nextBoolean()) {
                fill(builder, field, values);
            }
        }
        for (Field field : NUMBER_FIELDS) {
            if (random.nextBoolean()) {
                if (field.type() == FieldType.FLOAT) {
                    double value = Double.parseDouble(one(NUMBERS));
                    builder.setFloat(field, value);
                    values.put(field.fieldName(), List.of(value));
                } else {
                    long value = whole();
                    builder.setInteger(field, value);
                    values.put(field.fieldName(), List.of(value));
                }
            }
        }
        if (random.nextBoolean()) {
            builder.setInteger(Field.START_TIME, 1_700_000_000_000L);
            values.put("StartTime", List.of(1_700_000_000_000L));
        }
        for (int i = random.nextInt(12); i > 0; i--) {
            dynamic(builder, values);
        }
        builder.commit();
        return values;
    }

    private void fill(EventBuilder builder, Field field, Map<String, List<Object>> values) {
        List<Object> texts = new ArrayList<>();
        if (field.type() == FieldType.STRING_ARRAY) {
            for (int i = random.nextInt(3); i >= 0; i--) {
                String text = text();
                builder.addText(field, text);
                texts.add(text);
            }
        } else {
            String text = random.nextInt(10) == 0 ? "" : text();
            builder.setText(field, text);
            texts.add(text);
        }
        values.put(field.fieldName(), texts);
    }

    private void dynamic(EventBuilder builder, Map<String, List<Object>> values) {
        DynamicKind kind = one(DynamicKind.values());
        String key = one(KEYS);
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        int keyAt = builder.append(keyBytes, 0, keyBytes.length);
        Object value = switch (kind.elementType()) {
            case STRING, STRING_ARRAY -> {
                String text = text();
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                int at = builder.append(bytes, 0, bytes.length);
                builder.addDynamicSpan(kind, keyAt, keyBytes.length, at, bytes.length);
                yield text;
            }
            case INTEGER, TIMESTAMP -> {
                long number = whole();
                builder.addDynamicBits(kind, keyAt, keyBytes.length, number);
                yield number;
            }
            case FLOAT -> {
                double number = Double.parseDouble(one(NUMBERS));
                builder.addDynamicBits(kind, keyAt, keyBytes.length, Double.doubleToRawLongBits(number));
                yield number;
            }
        };
        values.computeIfAbsent(kind.prefix() + "." + key, ignored -> new ArrayList<>())
                .add(value);
    }

    private String text() {
        return random.nextInt(4) == 0 ? one(TEXTS) + one(PARTS) : one(TEXTS);
    }

    private long whole() {
        return (long) Double.parseDouble(one(NUMBERS));
    }

    static Event at(EventBatch batch, int index) {
        return new Event().moveTo(batch, index);
    }
}
