package io.tocsin.pipeline.normalizer.flow;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The table of information elements: those of IANA, those of some vendors, and rules for reverse elements of biflows
/// (RFC 5103). Immutable.
public final class InformationElements {
    /// Numbers that vendors use in NetFlow 9, which knows no enterprises.
    static final long NETFLOW_9 = -9;
    /// Scopes of options of NetFlow 9 (RFC 3954, section 6.1).
    static final long SCOPE = -10;

    private static final long REVERSE = 29305;
    private static final long CERT = 6871;
    private static final int CERT_REVERSE_BIT = 0x4000;
    private static final int FIRST_VENDOR_NUMBER = 32768;

    private static final Map<Long, InformationElement> ALL = read();

    private InformationElements() {}

    private static Map<Long, InformationElement> read() {
        Map<Long, InformationElement> all = new HashMap<>();
        try (InputStream in = InformationElements.class.getResourceAsStream("information-elements.txt")) {
            if (in == null) {
                throw new IllegalStateException("the table of information elements is missing from the program");
            }
            long enterprise = 0;
            for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "", "#" -> {}
                    case "enterprise" -> enterprise = Long.parseLong(words[1]);
                    case "netflow9" -> enterprise = NETFLOW_9;
                    case "scope" -> enterprise = SCOPE;
                    default -> {
                        int number = Integer.parseInt(words[0]);
                        all.put(
                                key(enterprise, number),
                                new InformationElement(enterprise, number, words[1], ElementType.ofCode(words[2])));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.copyOf(all);
    }

    private static long key(long enterprise, int number) {
        return (enterprise << 16) | number;
    }

    /// All elements of the table.
    public static Collection<InformationElement> all() {
        return ALL.values();
    }

    /// An element of IANA.
    static InformationElement iana(int number) {
        return of(0, number, false);
    }

    /// The element with this number; one that is in no table has the type [ElementType#UNKNOWN].
    ///
    /// @param netflow9 the packet is NetFlow 9: numbers from 32768 on are those of vendors
    static InformationElement of(long enterprise, int number, boolean netflow9) {
        long list = netflow9 && enterprise == 0 && number >= FIRST_VENDOR_NUMBER ? NETFLOW_9 : enterprise;
        InformationElement known = ALL.get(key(list, number));
        if (known != null) {
            return known;
        }
        InformationElement forward = null;
        if (enterprise == REVERSE) {
            forward = ALL.get(key(0, number));
        } else if (enterprise == CERT && number >= CERT_REVERSE_BIT) {
            forward = ALL.get(key(CERT, number - CERT_REVERSE_BIT));
        }
        if (forward != null) {
            return new InformationElement(enterprise, number, reverse(forward.name()), forward.type());
        }
        return new InformationElement(
                enterprise, number, "ie_" + Math.max(0, enterprise) + "_" + number, ElementType.UNKNOWN);
    }

    private static String reverse(String name) {
        return "reverse" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    /// Elements that an exporter described itself (RFC 5610).
    ///
    /// Thread-safety: one thread.
    static final class Declared {
        private static final int MAXIMUM = 2000;
        private static final int LONGEST_NAME = 64;

        private final Map<Long, InformationElement> elements = new HashMap<>();

        /// Takes a description; one of an element that is in the table, or with a strange name, is passed over.
        ///
        /// @return true when it was new
        boolean add(long enterprise, long number, String name, long type) {
            ElementType known = ElementType.ofDeclared(type);
            if (enterprise <= 0
                    || enterprise > 0xFFFFFFFFL
                    || number < 0
                    || number > 0x7FFF
                    || known == ElementType.UNKNOWN
                    || elements.size() >= MAXIMUM
                    || name.isEmpty()
                    || name.length() > LONGEST_NAME
                    || !name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '-')
                    || of(enterprise, (int) number, false).type() != ElementType.UNKNOWN) {
                return false;
            }
            InformationElement element = new InformationElement(enterprise, (int) number, name, known);
            return !element.equals(elements.put(key(enterprise, (int) number), element));
        }

        @Nullable
        InformationElement get(long enterprise, int number) {
            return elements.isEmpty() ? null : elements.get(key(enterprise, number));
        }

        /// What is known, for tests and diagnosis.
        List<InformationElement> all() {
            return List.copyOf(elements.values());
        }
    }
}
