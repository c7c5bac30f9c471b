package io.tocsin.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.normalizer.flow.FlowCounters.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every datagram that is at hand, cut at every byte: those of the committed inputs, and captures of real exporters
/// when
/// the machine has them (`TOCSIN_TEST_DATA`).
final class DatagramCutTest {
    private static final Path INPUTS = Path.of("src/test/resources/io/tocsin/fuzz");
    private static final int ETHERNET_BYTES = 14;

    /// A datagram that may follow others which carry its templates.
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Datagram(String name, String format, List<byte[]> before, byte[] bytes) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Datagram> flows() throws IOException {
        List<Datagram> datagrams = new ArrayList<>();
        for (String format : List.of("ipfix", "netflow", "netflow5", "netflow9", "sflow5")) {
            try (Stream<Path> files =
                    Files.list(INPUTS.resolve("FlowFuzzTestInputs").resolve(format))) {
                for (Path file : files.sorted().toList()) {
                    List<byte[]> all = split(Files.readAllBytes(file));
                    for (int i = 0; i < all.size(); i++) {
                        datagrams.add(new Datagram(
                                format + "/" + file.getFileName() + "#" + i, format, all.subList(0, i), all.get(i)));
                    }
                }
            }
        }
        captures(datagrams);
        return datagrams;
    }

    private static List<byte[]> split(byte[] input) {
        List<byte[]> datagrams = new ArrayList<>();
        for (int at = 0; at + 2 < input.length; ) {
            int length = (input[at] & 0xff) << 8 | (input[at + 1] & 0xff);
            int end = Math.min(input.length, at + 2 + length);
            if (end > at + 2) {
                datagrams.add(Arrays.copyOfRange(input, at + 2, end));
            }
            at = end;
        }
        return datagrams;
    }

    private static void captures(List<Datagram> datagrams) throws IOException {
        Path folder = Path.of(System.getenv().getOrDefault("TOCSIN_TEST_DATA", "../../shared/data"))
                .resolve("netflow");
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(".dat")) {
                    datagrams.add(new Datagram(name, format(bytes), List.of(), bytes));
                } else if (name.endsWith(".pcap")) {
                    List<byte[]> payloads = payloads(bytes);
                    for (int i = 0; i < payloads.size(); i++) {
                        datagrams.add(new Datagram(
                                name + "#" + i, format(payloads.get(i)), payloads.subList(0, i), payloads.get(i)));
                    }
                }
            }
        }
    }

    private static String format(byte[] datagram) {
        return datagram.length > 1 && datagram[0] == 0 && datagram[1] == 0 ? "sflow5" : "netflow";
    }

    /// Payloads of UDP over IPv4 in Ethernet frames of a capture in the old format, little-endian.
    private static List<byte[]> payloads(byte[] capture) {
        List<byte[]> payloads = new ArrayList<>();
        if (capture.length < 24 || (capture[0] & 0xff) != 0xd4 || capture[20] != 1) {
            return payloads;
        }
        for (int at = 24; at + 16 <= capture.length; ) {
            int length = (capture[at + 8] & 0xff)
                    | (capture[at + 9] & 0xff) << 8
                    | (capture[at + 10] & 0xff) << 16
                    | (capture[at + 11] & 0xff) << 24;
            int frame = at + 16;
            at = frame + length;
            int ip = frame + ETHERNET_BYTES;
            if (length < 0 || at > capture.length || ip + 20 > at || capture[ip + 9] != 17) {
                continue;
            }
            int payload = ip + (capture[ip] & 0xf) * 4 + 8;
            int end = Math.min(at, ip + ((capture[ip + 2] & 0xff) << 8 | (capture[ip + 3] & 0xff)));
            if (payload < end) {
                payloads.add(Arrays.copyOfRange(capture, payload, end));
            }
        }
        return payloads;
    }

    @ParameterizedTest
    @MethodSource("flows")
    void takesItCutAtEveryByte(Datagram datagram) {
        Datagrams whole = start(datagram);
        long failedBefore = whole.failed();
        int wholeEvents = whole.take(datagram.bytes()) + whole.end();
        boolean sound = whole.failed() == failedBefore;

        Datagrams all = start(datagram);
        long packets = all.count(Counter.PACKETS);
        long failed = all.failed();
        for (int length = 1; length < datagram.bytes().length; length++) {
            byte[] cut = Arrays.copyOf(datagram.bytes(), length);
            long damaged = all.count(Counter.DAMAGED);
            int events = all.take(cut);
            // No more than the whole one gives, a mark for what is damaged and what waited before.
            assertThat(events)
                    .as("cut at %d: %s", length, all.counters())
                    .isLessThanOrEqualTo(wholeEvents + cut.length);
            if (sound && events == 0) {
                // What gives no event says why: it was damaged, it waits, or it spoke about templates only.
                assertThat(all.count(Counter.DAMAGED) - damaged).isBetween(0L, 1L + cut.length / 4);
            }
        }
        all.end();
        assertThat(all.count(Counter.PACKETS) - packets).isLessThan(datagram.bytes().length);
        assertThat(all.failed() + all.count(Counter.DAMAGED))
                .as("a cut leaves a trace: %s", all.counters())
                .isGreaterThan(failed);
        // After all these cuts the exporter is understood as if there had been none.
        Datagrams fresh = start(datagram);
        int first = fresh.take(datagram.bytes()) + fresh.end();
        int second = fresh.take(datagram.bytes()) + fresh.end();
        assertThat(first).isEqualTo(wholeEvents);
        all.take(datagram.bytes());
        all.end();
        assertThat(all.take(datagram.bytes()) + all.end()).isEqualTo(second);
    }

    private static Datagrams start(Datagram datagram) {
        Datagrams datagrams = new Datagrams(datagram.format());
        datagram.before().forEach(datagrams::take);
        return datagrams;
    }

    static List<Path> texts() throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(INPUTS.resolve("TextFormatFuzzTestInputs"))) {
            files.filter(Files::isRegularFile).sorted().forEach(all::add);
        }
        return all;
    }

    /// Text arrives in datagrams too, and they are cut as easily.
    @ParameterizedTest
    @MethodSource("texts")
    void takesTextCutAtEveryByte(Path file) throws IOException {
        byte[] text = Files.readAllBytes(file);
        Normalizing auto = Normalizing.builtIn("auto");
        for (int length = 1; length <= text.length; length++) {
            auto.take(Arrays.copyOf(text, length));
        }
    }
}
