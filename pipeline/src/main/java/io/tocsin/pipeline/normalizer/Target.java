package io.tocsin.pipeline.normalizer;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where one part of a source text goes: a schema field, a dynamic field or a register that nested normalizers read.
/// Several targets of one source key hang together by [#next()].
///
/// Thread-safety: one thread, since conversions may hold state; [#forThread()] makes another.
final class Target {
    /// How the value is written.
    enum Kind {
        TEXT,
        INTEGER,
        FLOAT,
        TIME,
        DIRECTION,
        DYNAMIC,
        REGISTER
    }

    final Kind kind;
    final @Nullable Field field;
    final @Nullable DynamicKind dynamic;
    final byte[] key;
    final int register;
    final Conversion[] conversions;
    /// Place among the conversions of the one that makes several values of one, or -1.
    final int split;
    final @Nullable Field labelField;
    final byte[] label;
    final boolean onlyWhenEmpty;
    final int size;
    final String name;
    private final byte[] extraKey;
    final @Nullable Target next;
    /// True without conversions and without targets behind it.
    final boolean isPlain;
    /// True when a text of a fitting size is the field's value as it is, with nothing else to be done.
    final boolean isDirect;

    private Target(
            Kind kind,
            @Nullable Field field,
            @Nullable DynamicKind dynamic,
            String key,
            int register,
            List<Conversion> conversions,
            @Nullable Field labelField,
            String label,
            boolean onlyWhenEmpty,
            @Nullable Target next) {
        this.kind = kind;
        this.field = field;
        this.dynamic = dynamic;
        this.key = key.getBytes(StandardCharsets.UTF_8);
        this.register = register;
        this.conversions = conversions.toArray(Conversion[]::new);
        this.split = ListConversions.split(this.conversions);
        this.labelField = labelField;
        this.label = label.getBytes(StandardCharsets.UTF_8);
        this.onlyWhenEmpty = onlyWhenEmpty;
        this.size = field == null ? 0 : field.size();
        this.name = field != null ? field.fieldName() : dynamic != null ? dynamic.prefix() + "." + key : "register";
        this.extraKey = name.getBytes(StandardCharsets.UTF_8);
        this.next = next;
        this.isPlain = conversions.isEmpty() && next == null;
        this.isDirect = isPlain && kind == Kind.TEXT && !onlyWhenEmpty && labelField == null;
    }

    /// Key under which a value is kept that this target cannot take.
    byte[] extraKey() {
        return extraKey;
    }

    /// A schema field.
    static Target of(Field field) {
        return of(field, List.of(), null, "", false);
    }

    static Target of(
            Field field,
            List<Conversion> conversions,
            @Nullable Field labelField,
            String label,
            boolean onlyWhenEmpty) {
        Kind kind = switch (field.type()) {
            case STRING, STRING_ARRAY -> Kind.TEXT;
            case INTEGER -> field == Field.DEVICE_DIRECTION ? Kind.DIRECTION : Kind.INTEGER;
            case FLOAT -> Kind.FLOAT;
            case TIMESTAMP -> Kind.TIME;
        };
        return new Target(kind, field, null, "", -1, conversions, labelField, label, onlyWhenEmpty, null);
    }

    /// A dynamic field `family.key`.
    static Target of(DynamicKind family, String key, List<Conversion> conversions) {
        return new Target(Kind.DYNAMIC, null, family, key, -1, conversions, null, "", false, null);
    }

    /// A register of the node.
    static Target register(int register) {
        return new Target(Kind.REGISTER, null, null, "", register, List.of(), null, "", false, null);
    }

    /// This target and, behind it, others of the same source key.
    Target andThen(@Nullable Target others) {
        Target tail = next == null ? others : next.andThen(others);
        return new Target(
                kind,
                field,
                dynamic,
                new String(key, StandardCharsets.UTF_8),
                register,
                List.of(conversions),
                labelField,
                new String(label, StandardCharsets.UTF_8),
                onlyWhenEmpty,
                tail);
    }

    /// The same targets, which leave fields alone that have a value.
    Target whenEmpty() {
        return new Target(
                kind,
                field,
                dynamic,
                new String(key, StandardCharsets.UTF_8),
                register,
                List.of(conversions),
                labelField,
                new String(label, StandardCharsets.UTF_8),
                true,
                next == null ? null : next.whenEmpty());
    }

    /// The same targets for another thread.
    Target forThread() {
        return new Target(
                kind,
                field,
                dynamic,
                new String(key, StandardCharsets.UTF_8),
                register,
                Stream.of(conversions).map(Conversion::forThread).toList(),
                labelField,
                new String(label, StandardCharsets.UTF_8),
                onlyWhenEmpty,
                next == null ? null : next.forThread());
    }

    @Nullable
    Target next() {
        return next;
    }
}
