package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever comes in: no exception, every span inside the arena, the source text untouched. The seed is printed in the
/// failure; repeat it with `-Dtocsin.seed=`.
final class NormalizerFuzzTest {
    private static final long SEED = Long.getLong("tocsin.seed", System.nanoTime());
    private static final int ROUNDS = Integer.getInteger("tocsin.fuzz.rounds", 4_000);

    private static final List<String> SAMPLES = List.of(
            "<165>1 2026-11-22T09:58:01.003Z db.example.org billing 711 TX9 [a@1 k=\"v\" q=\"say \\\"hi\\\"\"][e] \uFEFFdone",
            "<86>Nov 22 09:58:01 gate-7 sshd[4021]: Failed password for invalid user x from 192.0.2.1 port 9 ssh2",
            "<189>29: *Nov 22 09:58:01.483: %SYS-5-CONFIG_I: Configured from console",
            "<134>Nov 22 09:58:01 fw CEF:0|A\\|B|c\\\\d|1|i|n|1|msg=a\\=b\\nc src=192.0.2.1 spt=x cs1=q r cs1Label=l",
            "{\"a\":{\"b\":[1,{\"c\":\"x\\u00e9\\ud83d\\ude00\"}]},\"SourcePort\":1.5e3,\"message\":\"m\",\"n\":null,\"t\":[]}",
            "a=\"q \\\" r\" b='x' SourcePort=9 c=d\\ e flag",
            "192.0.2.7 - ada [22/Nov/2026:10:58:01 +0100] \"GET /s?id=7 HTTP/1.1\" 200 5120 \"-\" \"B/1.0 (X; Y)\"",
            "<4>Nov 22 09:58:01 g kernel: [1.2] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:aa:bb:01:52 SRC=192.0.2.9 DPT=22",
            "<86>Nov 22 09:58:01 g sudo: ada : TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/bin/sh -c x",
            "<134>1 1795341600.25 MX flows src=1.2.3.4",
            "<13>Nov 22 09:58:01 g LEEF:2.0|A|B\\|c|1|e|x5E|src=192.0.2.1^devTime=22/11/26^devTimeFormat=dd/MM/yy^msg=q",
            "a,\"b \"\"q\"\"\",,d\n\"x\ny\",1,2",
            "#separator \\x09\n#fields\tts\tx\n#types\ttime\tset[string]\n1795341600.5\ta,b\\x2cc\n-\t(empty)",
            "#Fields: c-ip sc-status\n192.0.2.7 200",
            "<?xml version='1.0'?><!DOCTYPE E [<!ENTITY x 'y'>]><n:E xmlns='u' a='b &amp; c'><D Name='N'>v&#x41;</D><D/>"
                    + "<![CDATA[ <x> ]]><!-- c --><D>2</D></n:E>",
            "{\"Records\":[{\"Name\":\"a\"},{\"Name\":\"b\",\"x\":[1,2]}],\"owner\":{\"o\":1}}[{\"A B\":1},2]");

    /// Formats with options that the built-in normalizers do not use.
    private static final List<String> FORMATS = List.of(
            "{ type: csv, delimiter: '||', quote: \"'\", trim: true, columns: [ a, Name ] }",
            "{ type: csv, delimiter: ' ', quote: '', header: directives }",
            "{ type: tsv, header: first }",
            "{ type: json, events: '*' }",
            "{ type: json, events: Records }",
            "{ type: xml, events: E.D, arrays: [ E.D ], keyAttributes: [ E.D.Name, D.Name ] }",
            "{ type: kv, pairDelimiter: ', ', valueDelimiter: ': ' }");

    private static Normalizer withOptions(String format) {
        return Normalized.normalizer("""
                kind: normalizer
                name: options
                spec: { format: %s, mapping: [ { from: Name, to: SA.n }, { from: E.D, to: NA.d } ] }
                """.formatted(format));
    }

    static Stream<Normalizer> normalizers() {
        return Stream.concat(
                Stream.concat(
                        Normalizers.names().stream().map(Normalized::builtIn),
                        FORMATS.stream().map(NormalizerFuzzTest::withOptions)),
                ShippedNormalizersTest.names().stream().map(ShippedNormalizersTest::normalizer));
    }

    @ParameterizedTest
    @MethodSource("normalizers")
    void survivesAnyBytes(Normalizer normalizer) {
        SplittableRandom random = new SplittableRandom(SEED);
        EventBatch batch = new EventBatch(16, 1024);
        Event event = new Event();
        for (int round = 0; round < ROUNDS; round++) {
            byte[] text = text(random);
            int current = round;
            assertThatCode(() -> check(normalizer, batch, event, text))
                    .as("normalizer %s, seed %d, round %d", normalizer.name(), SEED, current)
                    .doesNotThrowAnyException();
        }
    }

    private static byte[] text(SplittableRandom random) {
        byte[] text = SAMPLES.get(random.nextInt(SAMPLES.size())).getBytes(UTF_8);
        switch (random.nextInt(5)) {
            case 0 -> {
                text = new byte[random.nextInt(200)];
                random.nextBytes(text);
            }
            case 1 -> text = Arrays.copyOf(text, random.nextInt(text.length + 1));
            case 2 -> {
                byte[] other = SAMPLES.get(random.nextInt(SAMPLES.size())).getBytes(UTF_8);
                int cut = random.nextInt(text.length);
                byte[] joined = Arrays.copyOf(text, cut + other.length);
                System.arraycopy(other, 0, joined, cut, other.length);
                text = joined;
            }
            default -> {
                String special = "|=\\\"'[]{}<>:, \n\r\t\0-%/\u00e9";
                byte[] bytes = special.getBytes(UTF_8);
                for (int i = random.nextInt(6); i >= 0; i--) {
                    text[random.nextInt(text.length)] =
                            random.nextBoolean() ? bytes[random.nextInt(bytes.length)] : (byte) random.nextInt();
                }
            }
        }
        return text;
    }

    private static void check(Normalizer normalizer, EventBatch batch, Event event, byte[] text) {
        if (!normalizer.splits()) {
            check(normalizer, batch, event, text, 0, text.length);
            return;
        }
        normalizer.open(ORIGIN, text, 0, text.length);
        int end = 0;
        while (normalizer.next()) {
            byte[] other = normalizer.pieceText();
            if (other != null) {
                check(normalizer, batch, event, other, normalizer.pieceOffset(), normalizer.pieceLength());
                continue;
            }
            assertThat(normalizer.pieceOffset()).isGreaterThanOrEqualTo(end);
            assertThat(normalizer.pieceLength()).isPositive();
            end = normalizer.pieceOffset() + normalizer.pieceLength();
            assertThat(end).isLessThanOrEqualTo(text.length);
            check(normalizer, batch, event, text, normalizer.pieceOffset(), normalizer.pieceLength());
        }
    }

    private static final EntryOrigin ORIGIN = EntryOrigin.local("c", "t", "/f");

    private static void check(
            Normalizer normalizer, EventBatch batch, Event event, byte[] whole, int offset, int length) {
        byte[] text = Arrays.copyOfRange(whole, offset, offset + length);
        batch.clear();
        EventBuilder builder = batch.builder();
        builder.begin(ORIGIN, 1, 2, 1_795_341_600_000_000_000L, 3, text, 0, text.length);
        boolean understood = normalizer.normalize(builder);
        if (normalizer.skipReason() != null) {
            builder.discard();
            return;
        }
        builder.commit();
        event.moveTo(batch, 0);
        byte[] raw = Arrays.copyOfRange(batch.arena(), event.rawOffset(), event.rawOffset() + event.rawLength());
        assertThat(raw).isEqualTo(text);
        if (!understood) {
            assertThat(event.hasFlag(EventBatch.FLAG_PARSE_FAILED)).isTrue();
            assertThat(event.hasFlag(EventBatch.FLAG_KEEP_RAW)).isTrue();
            assertThat(event.has(Field.PARSE_ERROR)).isTrue();
        }
        for (int slot = event.start(); slot < event.end(); slot++) {
            DynamicKind kind = DynamicKind.ofCode(event.slotCode(slot));
            if (kind != null) {
                inside(batch, event.slotKey(slot));
                if (kind.elementType() == FieldType.STRING) {
                    inside(batch, event.slotValue(slot));
                }
            } else {
                Field field = Objects.requireNonNull(Fields.byCode(event.slotCode(slot)));
                if (field.type() == FieldType.STRING) {
                    long span = event.slotValue(slot);
                    inside(batch, span);
                    int from = EventBatch.spanOffset(span);
                    assertThat(ByteScan.characters(batch.arena(), from, from + EventBatch.spanLength(span)))
                            .isLessThanOrEqualTo(field.size());
                }
            }
        }
    }

    private static void inside(EventBatch batch, long span) {
        int offset = EventBatch.spanOffset(span);
        int length = EventBatch.spanLength(span);
        if (offset < 0 || length < 0 || offset + length > batch.arenaLength()) {
            throw new AssertionError("span outside the arena [offset=" + offset + ", length=" + length + ", arena="
                    + batch.arenaLength() + "]");
        }
    }

    @ParameterizedTest
    @MethodSource("normalizers")
    void doesBoundedWorkOnHostileText(Normalizer normalizer) {
        // Anything quadratic takes minutes of this.
        int size = 1 << 20;
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        String key = "k".repeat(100_000);
        for (String text : List.of(
                "CEF:0|a|b|c|d|e|1|" + "a=".repeat(size / 2),
                "CEF:0|a|b|c|d|e|1|" + "a b=".repeat(size / 4),
                "CEF:0|a|b|c|d|e|1|x=" + "a".repeat(size) + "=",
                "<13>1 2026-11-22T09:58:01Z h a - - [" + "a b=\"c\" ".repeat(size / 8),
                "<13>1 2026-11-22T09:58:01Z h a - - [a b=\"" + "\\".repeat(size),
                "<13>Nov 22 09:58:01 " + "a:".repeat(size / 2),
                "<13>Nov 22 09:58:01 h sshd[1]: Failed password for " + " from ".repeat(size / 6),
                "<13>Nov 22 09:58:01 h sshd[1]: Failed password for " + " from 1.2.3.4 port ".repeat(size / 19),
                "{\"" + key + "\":{" + "\"a\":1,".repeat(100_000),
                "{\"a\":".repeat(size / 5),
                "{\"a\":[" + "[".repeat(size),
                "[{".repeat(size / 2),
                "\"".repeat(size),
                "\\".repeat(size),
                "a=\"".repeat(size / 3),
                "=".repeat(size),
                "LEEF:2.0|A|B|1|e|^|" + "a=^".repeat(size / 3),
                "LEEF:1.0|A|B|1|e|" + "a= ".repeat(size / 3),
                "LEEF:1.0|A|B|1|e|" + "a=".repeat(size / 2),
                "<a>".repeat(size / 3),
                "<a x='".repeat(size / 6),
                "<a>" + "<b c='d'/>".repeat(size / 10),
                "<a>" + "&#x41;x".repeat(size / 7) + "</a>",
                "<a>" + "<![CDATA[x]]>".repeat(size / 13) + "</a>",
                "<a>" + "<!--".repeat(size / 4),
                "<a " + "b='' ".repeat(size / 5) + "/>",
                "<" + key + ">" + "<b>x</b>".repeat(100_000),
                "<E>" + "<D Name='" + key + "'>x</D>" + "</E>",
                "<!DOCTYPE ".repeat(size / 10),
                "#fields\t" + "a\t".repeat(size / 2),
                ",".repeat(size),
                "\"".repeat(size / 2) + ",".repeat(size / 2),
                "||'".repeat(size / 3),
                "[".repeat(size) + "{}",
                "{\"Records\":[" + "{},".repeat(20_000),
                " ".repeat(size))) {
            byte[] bytes = text.getBytes(UTF_8);
            EventBatch batch = new EventBatch(1, bytes.length);
            Event event = new Event();
            // Processor time: what else the machine does is nothing that this test is about.
            long before = threads.getCurrentThreadCpuTime();
            check(normalizer, batch, event, bytes);
            Duration taken = Duration.ofNanos(threads.getCurrentThreadCpuTime() - before);
            assertThat(taken)
                    .as("%s on %s…", normalizer.name(), text.substring(0, Math.min(40, text.length())))
                    .isLessThan(Duration.ofSeconds(5));
            assertThat(batch.arenaLength()).isLessThan(bytes.length * 8 + (8 << 20));
        }
    }

    @Test
    void readsTheSameWhateverStandsAroundTheText() {
        SplittableRandom random = new SplittableRandom(SEED);
        Normalizer auto = Normalized.builtIn("auto");
        for (int round = 0; round < 2_000; round++) {
            byte[] text = text(random);
            String line = new String(text, UTF_8);
            List<Normalized> alone = Normalized.all(auto, line, "");
            // a second time: nothing of the first event is left in the normalizer
            assertThat(Normalized.all(auto, line, ""))
                    .as("seed %d, round %d", SEED, round)
                    .isEqualTo(alone);
        }
    }
}
