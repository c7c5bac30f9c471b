package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Lists of threat indicators as files of any content, and the texts that are looked up in them.
final class IndicatorFuzzTest {
    private static final long NOW_MILLIS = 1_795_341_600_000L;

    private final Path file;

    IndicatorFuzzTest() throws IOException {
        Path memory = Path.of("/dev/shm");
        file = Files.isWritable(memory)
                ? Files.createTempFile(memory, "tocsin-fuzz", ".list")
                : Files.createTempFile("tocsin-fuzz", ".list");
        file.toFile().deleteOnExit();
    }

    private IndicatorList list(String spec) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("lists", "{ lists: [ " + spec.formatted(file) + " ] }", problems);
        IndicatorConfig config = node == null ? null : IndicatorConfig.SPEC.read(node, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(config).lists().getFirst();
    }

    private void take(IndicatorList list, byte[] input) throws IOException {
        Files.write(file, input);
        IndicatorBuilder builder = new IndicatorBuilder();
        IndicatorSink sink = new IndicatorSink(builder, NOW_MILLIS);
        try {
            list.read(file, sink);
        } catch (IOException _) {
            return; // a damaged file: what was known stays in use
        }
        IndicatorIndex index = builder.build();
        assertThat(sink.passedOver().size()).isLessThanOrEqualTo(51);
        IndicatorMatcher matcher = new IndicatorMatcher();
        for (int entry = 0; entry < index.size(); entry++) {
            // Each indicator is found by its own value; a URL with a broken host has no form of its own.
            byte[] value = index.value(entry).getBytes(UTF_8);
            matcher.begin(index, NOW_MILLIS, 0);
            matcher.any(value, 0, value.length);
            if (value.length >= 3 && isExact(index.kind(entry)) && index.size() < 50) {
                assertThat(matches(matcher, entry))
                        .as("%s %s", index.kind(entry), index.value(entry))
                        .isTrue();
            }
        }
        matcher.begin(index, NOW_MILLIS, 0);
        matcher.any(input, 0, input.length);
    }

    private static boolean isExact(IndicatorKind kind) {
        return switch (kind) {
            case ADDRESS, DOMAIN, HASH -> true;
            case NETWORK, URL -> false;
        };
    }

    private static boolean matches(IndicatorMatcher matcher, int entry) {
        for (int i = 0; i < matcher.count(); i++) {
            if (matcher.match(i) == entry) {
                return true;
            }
        }
        return false;
    }

    @FuzzTest
    void csv(byte[] input) throws IOException {
        take(list("{ type: csv, name: plain, file: '%s' }"), input);
        take(
                list("{ type: csv, name: feed, separator: ';', value: ioc, kindFrom: type, confidenceFrom: score,"
                        + " categoryFrom: tag, endFrom: until, referenceFrom: id, file: '%s' }"),
                input);
    }

    @FuzzTest
    void json(byte[] input) throws IOException {
        take(list("{ type: json, name: lines, confidenceFrom: conf, file: '%s' }"), input);
        take(
                list("{ type: json, name: nested, items: Event.Attribute, kindFrom: type, categoryFrom: meta.tag,"
                        + " file: '%s' }"),
                input);
    }

    @FuzzTest
    void stix(byte[] input) throws IOException {
        take(list("{ type: stix, name: bundle, file: '%s' }"), input);
    }

    @FuzzTest
    void stixPattern(byte[] input) {
        StixPattern.Result result = StixPattern.read(new String(input, UTF_8));
        assertThat(result.values().isEmpty() || result.unsupported() == null).isTrue();
    }
}
