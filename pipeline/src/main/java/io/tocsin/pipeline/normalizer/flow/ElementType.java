package io.tocsin.pipeline.normalizer.flow;

/// How the bytes of an information element are read (RFC 7011, section 6.1).
public enum ElementType {
    UNSIGNED("u"),
    SIGNED("i"),
    FLOAT("f"),
    BOOLEAN("b"),
    MAC("m"),
    STRING("s"),
    IPV4("4"),
    IPV6("6"),
    OCTETS("o"),
    LIST("l"),
    SECONDS("ts"),
    MILLISECONDS("tm"),
    MICROSECONDS("tu"),
    NANOSECONDS("tn"),
    /// The element is in no table.
    UNKNOWN("?");

    private final String code;

    ElementType(String code) {
        this.code = code;
    }

    static ElementType ofCode(String code) {
        for (ElementType type : values()) {
            if (type.code.equals(code)) {
                return type;
            }
        }
        throw new IllegalArgumentException("no such type of information elements [type=" + code + "]");
    }

    /// The type that an exporter declares (RFC 5610, section 3.1), [#UNKNOWN] for other numbers.
    static ElementType ofDeclared(long number) {
        return switch (Math.clamp(number, -1, 255)) {
            case 0 -> OCTETS;
            case 1, 2, 3, 4 -> UNSIGNED;
            case 5, 6, 7, 8 -> SIGNED;
            case 9, 10 -> FLOAT;
            case 11 -> BOOLEAN;
            case 12 -> MAC;
            case 13 -> STRING;
            case 14 -> SECONDS;
            case 15 -> MILLISECONDS;
            case 16 -> MICROSECONDS;
            case 17 -> NANOSECONDS;
            case 18 -> IPV4;
            case 19 -> IPV6;
            case 20, 21, 22 -> LIST;
            default -> UNKNOWN;
        };
    }
}
