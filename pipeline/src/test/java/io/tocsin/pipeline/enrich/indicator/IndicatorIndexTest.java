package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class IndicatorIndexTest {
    private static final long NOW = 1_800_000_000_000L;

    private static Indicator indicator(@Nullable IndicatorKind kind, String value) {
        return new Indicator(kind, value, "list", "c2", -1, Long.MAX_VALUE, "");
    }

    private static IndicatorIndex index(String... values) {
        IndicatorBuilder builder = new IndicatorBuilder();
        for (String value : values) {
            assertThat(builder.add(indicator(null, value))).as(value).isTrue();
        }
        return builder.build();
    }

    private static Set<String> match(IndicatorIndex index, String text) {
        return match(index, text, 0);
    }

    private static Set<String> match(IndicatorIndex index, String text, int confidence) {
        IndicatorMatcher matcher = new IndicatorMatcher();
        matcher.begin(index, NOW, confidence);
        byte[] bytes = ("<" + text + ">").getBytes(UTF_8);
        matcher.any(bytes, 1, bytes.length - 2);
        Set<String> found = new TreeSet<>();
        for (int i = 0; i < matcher.count(); i++) {
            found.add(index.value(matcher.match(i)));
        }
        return found;
    }

    @Test
    void matchesAddressesInEveryNotationAndAllNetworksAroundThem() {
        IndicatorIndex index =
                index("192.0.2.7", "192.0.2.0/24", "192.0.0.0/16", "2001:db8::/32", "2001:db8::1", "0.0.0.0/0");
        assertThat(match(index, "192.0.2.7")).containsExactly("0.0.0.0/0", "192.0.0.0/16", "192.0.2.0/24", "192.0.2.7");
        assertThat(match(index, "::ffff:192.0.2.8")).containsExactly("0.0.0.0/0", "192.0.0.0/16", "192.0.2.0/24");
        assertThat(match(index, "2001:0DB8:0::1")).containsExactly("2001:db8:0:0:0:0:0:1", "2001:db8::/32");
        assertThat(match(index, "2001:db9::1")).isEmpty();
        assertThat(match(index, "192.1.2.7")).containsExactly("0.0.0.0/0");
    }

    @Test
    void matchesNamesAndTheirParents() {
        IndicatorIndex index = index("Evil.Example", "*.bad.example", "b\u00fccher.example");
        assertThat(match(index, "a.b.EVIL.example.")).containsExactly("evil.example");
        assertThat(match(index, "bad.example")).containsExactly("bad.example");
        assertThat(match(index, "notevil.example")).isEmpty();
        assertThat(match(index, "example")).isEmpty();
        assertThat(match(index, "www.b\u00fccher.example")).containsExactly("xn--bcher-kva.example");
        assertThat(match(index, "xn--bcher-kva.example")).containsExactly("xn--bcher-kva.example");
    }

    @Test
    void matchesUrlsWithAndWithoutQueryAndTheirHosts() {
        IndicatorIndex index =
                index("hxxp://Evil[.]example:80/Path/x", "http://192.0.2.7:8080/a?b=c", "host.example", "192.0.2.9");
        assertThat(match(index, "https://evil.example:443/Path/x?q=1#top")).containsExactly("evil.example/Path/x");
        assertThat(match(index, "https://evil.example/path/x")).isEmpty();
        assertThat(match(index, "http://user:pw@192.0.2.7:8080/a?b=c")).containsExactly("192.0.2.7:8080/a?b=c");
        assertThat(match(index, "ftp://www.host.example/file")).containsExactly("host.example");
        assertThat(match(index, "http://192.0.2.9/")).containsExactly("192.0.2.9");
        assertThat(match(index, "/Path/x")).isEmpty();
    }

    @Test
    void matchesDigestsAloneAndInLists() {
        String md5 = "d41d8cd98f00b204e9800998ecf8427e";
        String sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        IndicatorIndex index = index(md5, sha256);
        assertThat(match(index, md5.toUpperCase(java.util.Locale.ROOT))).containsExactly(md5);
        assertThat(match(index, "SHA1=da39a3ee5e6b4b0d3255bfef95601890afd80709,MD5=" + md5 + ",SHA256=" + sha256))
                .containsExactly(md5, sha256);
    }

    @Test
    void honoursExpiryAndConfidence() {
        IndicatorBuilder builder = new IndicatorBuilder();
        builder.add(new Indicator(null, "old.example", "l", "", -1, NOW - 60_000, ""));
        builder.add(new Indicator(null, "new.example", "l", "", -1, NOW + 120_000, ""));
        builder.add(new Indicator(null, "weak.example", "l", "", 20, Long.MAX_VALUE, ""));
        IndicatorIndex index = builder.build();
        assertThat(match(index, "old.example")).isEmpty();
        assertThat(match(index, "new.example", 50)).containsExactly("new.example");
        assertThat(match(index, "weak.example", 20)).containsExactly("weak.example");
        assertThat(match(index, "weak.example", 21)).isEmpty();
    }

    @Test
    void keepsTheSameValueOfSeveralLists() {
        IndicatorBuilder builder = new IndicatorBuilder();
        builder.add(new Indicator(null, "evil.example", "one", "c2", 10, Long.MAX_VALUE, "id-1"));
        builder.add(new Indicator(null, "evil.example", "two", "spam", -1, Long.MAX_VALUE, ""));
        IndicatorIndex index = builder.build();
        IndicatorMatcher matcher = new IndicatorMatcher();
        matcher.begin(index, NOW, 0);
        matcher.any("evil.example".getBytes(UTF_8), 0, 12);
        assertThat(matcher.count()).isEqualTo(2);
        assertThat(index.list(matcher.match(0))).isEqualTo("one");
        assertThat(index.reference(matcher.match(0))).isEqualTo("id-1");
        assertThat(index.category(matcher.match(1))).isEqualTo("spam");
        assertThat(index.reference(matcher.match(1))).isEmpty();
    }

    @Test
    void refusesWhatIsNoIndicator() {
        IndicatorBuilder builder = new IndicatorBuilder();
        for (String value : List.of("", "word", "10.0.0.0/33", "a b.example", "http:///x", "\"\"")) {
            assertThat(builder.add(indicator(null, value))).as(value).isFalse();
        }
        assertThat(builder.add(indicator(IndicatorKind.HASH, "xyz"))).isFalse();
        assertThat(builder.add(indicator(IndicatorKind.ADDRESS, "evil.example")))
                .isFalse();
        assertThat(builder.size()).isZero();
        assertThat(builder.refused()).isEqualTo(8);
    }

    /// Compared with a plain search through everything.
    @Test
    void answersLikeASearchThroughTheWholeList() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            List<String> networks = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int bits = random.nextInt(8, 33);
                networks.add(
                        "10." + random.nextInt(3) + "." + random.nextInt(4) + "." + random.nextInt(256) + "/" + bits);
                names.add(name(random));
            }
            List<String> all = new ArrayList<>(networks);
            all.addAll(names);
            IndicatorIndex index = index(all.toArray(String[]::new));
            for (int i = 0; i < 100; i++) {
                int[] address = {10, random.nextInt(3), random.nextInt(4), random.nextInt(256)};
                long expected = networks.stream()
                        .filter(network -> holds(network, address))
                        .count();
                IndicatorMatcher matcher = new IndicatorMatcher();
                matcher.begin(index, NOW, 0);
                byte[] text = ("10." + address[1] + "." + address[2] + "." + address[3]).getBytes(UTF_8);
                matcher.any(text, 0, text.length);
                assertThat((long) matcher.count())
                        .as("seed %d %s", seed, new String(text, UTF_8))
                        .isEqualTo(expected);

                String name = name(random) + "." + name(random);
                Set<String> parents = new TreeSet<>(names);
                parents.removeIf(parent -> !name.equals(parent) && !name.endsWith("." + parent));
                assertThat(match(index, name)).as("seed %d %s", seed, name).isEqualTo(parents);
            }
        }
    }

    private static String name(Random random) {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(2, 4); i > 0; i--) {
            name.append(name.isEmpty() ? "" : ".").append((char) ('a' + random.nextInt(3)));
        }
        return name.toString();
    }

    private static boolean holds(String network, int[] address) {
        String[] parts = network.split("[./]", -1);
        int bits = Integer.parseInt(parts[4]);
        long base = 0;
        long value = 0;
        for (int i = 0; i < 4; i++) {
            base = base << 8 | Integer.parseInt(parts[i]);
            value = value << 8 | address[i];
        }
        return base >>> (32 - bits) == value >>> (32 - bits);
    }

    @Test
    void survivesAnyText() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        IndicatorIndex index = index("evil.example", "10.0.0.0/8", "http://a.example/b");
        IndicatorMatcher matcher = new IndicatorMatcher();
        String letters = "abz019.:/?#@%[]=-_ \u00e9\u2603xn--";
        for (int i = 0; i < 50_000; i++) {
            byte[] text = new byte[random.nextInt(80)];
            if (i % 2 == 0) {
                random.nextBytes(text);
            } else {
                StringBuilder built = new StringBuilder();
                while (built.length() < text.length) {
                    built.append(letters.charAt(random.nextInt(letters.length())));
                }
                text = built.toString().getBytes(UTF_8);
            }
            try {
                matcher.begin(index, NOW, 0);
                matcher.any(text, 0, text.length);
                new IndicatorBuilder().add(indicator(null, new String(text, UTF_8)));
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + " text " + java.util.HexFormat.of().formatHex(text), e);
            }
        }
    }

    @Test
    void holdsAMillionIndicatorsInAFewTensOfMegabytes() {
        IndicatorBuilder builder = new IndicatorBuilder();
        Random random = new Random(7);
        for (int i = 0; i < 1_000_000; i++) {
            String value = switch (i % 4) {
                case 0 -> ((i >>> 24 & 255) | 1) + "." + (i >>> 16 & 255) + "." + (i >>> 8 & 255) + "." + (i & 255);
                case 1 -> "host" + i + ".evil" + random.nextInt(50_000) + ".example";
                case 2 -> "http://evil" + i + ".example/path/" + Integer.toHexString(random.nextInt());
                default ->
                    String.format(
                            "%016x%016x%016x%016x", random.nextLong(), random.nextLong(), random.nextLong(), (long) i);
            };
            builder.add(indicator(null, value));
        }
        IndicatorIndex index = builder.build();
        assertThat(index.size()).isEqualTo(1_000_000);
        assertThat(index.bytes()).isLessThan(90_000_000);
        assertThat(match(index, "www.host5.evil5.example").size()).isLessThan(2);
        System.out.println("a million indicators take " + index.bytes() / 1_000_000 + " MB");
    }
}
