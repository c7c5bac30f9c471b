package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Whatever a packet holds, decoding ends, throws nothing and loses nothing.
@Tag("fuzz")
final class FlowFuzzTest {
    private static final List<String> FORMATS = List.of("netflow", "sflow5");
    /// Events that one packet of 64 KiB may give: records of one byte each.
    private static final int MOST_EVENTS = 70_000;

    private static final long SEED = seed();

    private static long seed() {
        String given = System.getProperty("seed");
        return given == null ? System.nanoTime() : Long.parseLong(given);
    }

    private static String repeat() {
        return "repeat with -Dseed=" + SEED;
    }

    /// Real packets when the machine has them, and those of our own.
    private static List<byte[]> packets() throws IOException {
        List<byte[]> packets = new ArrayList<>(FlowPackets.samples());
        packets.addAll(SflowPackets.samples());
        Path real = TestData.folder().resolve("netflow/logstash-codec/dat");
        if (Files.isDirectory(real)) {
            try (Stream<Path> files = Files.list(real)) {
                for (Path file : files.sorted().toList()) {
                    packets.add(Files.readAllBytes(file));
                }
            }
        }
        return packets;
    }

    @Test
    void takesEveryPacketCutAtEveryByte() throws IOException {
        for (byte[] packet : packets()) {
            FlowEvents flows = FlowEvents.of(packet[1] == 0 ? "sflow5" : "netflow");
            for (int length = 1; length < packet.length; length++) {
                byte[] cut = Arrays.copyOf(packet, length);
                assertThat(flows.packet(cut)).as("cut at %d", length).hasSizeLessThan(packet.length);
            }
            assertThat(flows.end().size()).isLessThan(packet.length * 8);
        }
    }

    @Test
    void takesDamagedPackets() throws IOException {
        Random random = new Random(SEED);
        List<byte[]> packets = packets();
        FlowEvents[] flows = FORMATS.stream().map(FlowEvents::of).toArray(FlowEvents[]::new);
        for (int i = 0; i < 2000; i++) {
            byte[] packet = packets.get(random.nextInt(packets.size())).clone();
            int changes = 1 + random.nextInt(8);
            for (int change = 0; change < changes; change++) {
                int at = random.nextInt(packet.length);
                packet[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(3) - 1);
            }
            for (FlowEvents flow : flows) {
                assertThat(flow.after(1_000_000_000L).packet(packet).size())
                        .as(repeat())
                        .isLessThan(MOST_EVENTS);
            }
        }
    }

    @Test
    void takesNoise() {
        Random random = new Random(SEED);
        FlowEvents[] flows = FORMATS.stream().map(FlowEvents::of).toArray(FlowEvents[]::new);
        for (int i = 0; i < 1000; i++) {
            byte[] packet = new byte[1 + random.nextInt(600)];
            random.nextBytes(packet);
            packet[0] = 0;
            if (packet.length > 1) {
                packet[1] = (byte) List.of(5, 9, 10, 0).get(random.nextInt(4)).intValue();
            }
            for (FlowEvents flow : flows) {
                assertThat(flow.packet(packet).size()).as(repeat()).isLessThan(MOST_EVENTS);
            }
        }
    }

    @Test
    void losesNoDataInAnyOrderOfPackets() {
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            FlowEvents flows = FlowEvents.of("netflow");
            List<byte[]> packets = new ArrayList<>();
            int records = 0;
            for (int i = 0; i < 30; i++) {
                int id = 256 + random.nextInt(3);
                if (random.nextInt(4) == 0) {
                    packets.add(FlowPackets.ipfix(i, 1, FlowPackets.set(2, FlowPackets.flowTemplate(id))));
                } else {
                    int count = 1 + random.nextInt(5);
                    byte[][] flow = new byte[count][];
                    Arrays.setAll(flow, index -> FlowPackets.flow(index, index));
                    packets.add(FlowPackets.ipfix(i, 1, FlowPackets.set(id, flow)));
                    records += count;
                }
            }
            int decoded = 0;
            for (byte[] packet : packets) {
                decoded += flows.packet(packet).size();
            }
            int waiting = 0;
            for (Normalized late : flows.end()) {
                assertThat(late.failed()).as(repeat()).isTrue();
                waiting++;
            }
            assertThat(decoded <= records && (waiting > 0 || decoded == records))
                    .as(repeat())
                    .isTrue();
        }
    }

    @Test
    void staysBoundedWhenTemplatesFlood() {
        FlowEvents flows = FlowEvents.of("ipfix");
        byte[][] templates = new byte[7000][];
        for (int i = 0; i < templates.length; i++) {
            templates[i] = FlowPackets.template(256 + i, 1, 4);
        }
        byte[] set = FlowPackets.set(2, templates);
        for (int domain = 0; domain < 50; domain++) {
            flows.packet(FlowPackets.ipfix(0, domain, set));
        }
        // The exporter of the last packet still works.
        byte[] packet = FlowPackets.ipfix(
                0,
                77,
                FlowPackets.set(2, FlowPackets.flowTemplate(9000)),
                FlowPackets.set(9000, FlowPackets.flow(1, 1)));
        assertThat(flows.packet(packet)).hasSize(1);
    }
}
