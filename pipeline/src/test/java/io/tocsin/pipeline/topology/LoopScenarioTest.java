package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.pipeline.destination.DestinationContext;
import io.tocsin.pipeline.destination.DestinationPlan;
import io.tocsin.pipeline.destination.RecordRouting;
import io.tocsin.pipeline.destination.RunningDestination;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.stage.StageResources;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The work-around that users of other products know: lines of one event are aggregated with a sum of their texts, the
/// aggregate is sent back to the collector as JSON, and parsed there.
class LoopScenarioTest {
    private static final String NORMALIZER = """
        kind: normalizer
        name: audit-loop
        spec:
          format: text
          requireNested: true
          nested:
            - when: { startsWith: "<" }
              name: prepare
              normalizer:
                format: syslog
                defaults: false
                keepExtra: false
                mapping:
                  - { from: host, to: DeviceHostName }
                  - { from: app, to: DeviceProcessName }
                  - { from: msg, to: DeviceExternalID, convert: [ { regexp: 'audit\\([^:]+:(\\d+)' } ] }
                  - { from: msg, to: Message, convert: [ { replaceRegexp: { expression: '^.*audit\\([^)]*\\): *', with: "" } } ] }
            - when: { startsWith: "{" }
              name: joined
              normalizer:
                format: json
                keepExtra: false
                set: { DeviceVendor: Unix, DeviceProduct: audit }
                mapping:
                  - { from: Message, to: Message }
                nested:
                  - source: Message
                    convert: [ { replace: { chars: ",", with: " " } } ]
                    name: pairs
                    normalizer:
                      format: kv
                      defaults: false
                      mapping:
                        - { from: exe, to: SourceProcessName }
                        - { from: cwd, to: FilePath }
        """;
    private static final String COLLECTOR = """
        kind: collector
        name: test
        spec:
          connector: { type: tcp, listen: "127.0.0.1:0", framing: lf }
          normalizer: audit-loop
          stages:
            - type: aggregate
              name: audit records
              where: "DeviceProduct = '' AND DeviceVendor = ''"
              threshold: 20
              lifetime: 300ms
              identical: [ DeviceHostName, DeviceProcessName, DeviceExternalID ]
              sum: [ Message ]
          destinations: [ storage, correlator ]
        """;

    @TempDir
    Path folder;

    private static ConfigNode read(String yaml) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("test.yaml", yaml, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(node);
    }

    /// Program and folder of the events that came out of the second round.
    private static List<String> stored(Harness harness) {
        List<String> texts = new ArrayList<>();
        EventBatch batch = new EventBatch();
        BatchDecoder decoder = new BatchDecoder();
        Event event = new Event();
        LogPosition end = harness.log.end();
        try (LogReader reader = harness.log.reader(LogPosition.START)) {
            while (reader.position().compareTo(end) < 0) {
                for (LogRecord found : reader.poll(100, Long.MAX_VALUE, Duration.ofSeconds(10))) {
                    BatchHeader header = decoder.decode(found.payload(), 0, found.payload().length, batch);
                    for (int i = 0; i < batch.count() && !Routes.isHeld(header.route()); i++) {
                        event.moveTo(batch, i);
                        if (event.integer(Field.TYPE, 1) == 1) {
                            texts.add(event.text(Field.DEVICE_VENDOR) + " " + event.text(Field.DEVICE_EXTERNAL_ID) + " "
                                    + event.text(Field.SOURCE_PROCESS_NAME) + " " + event.text(Field.FILE_PATH));
                        }
                    }
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return texts;
    }

    @Test
    void parsesAggregatesThatComeBackOverARealSocket() throws IOException {
        Problems problems = new Problems();
        ConfigNode normalizer = read(NORMALIZER);
        CollectorConfig config = CollectorConfig.read(
                read(COLLECTOR),
                new NormalizerLoader(ZoneOffset.UTC, name -> name.equals("audit-loop") ? normalizer : null),
                Set.of("storage", "correlator"),
                problems);
        problems.throwIfAny();
        try (Harness harness = new Harness(folder);
                CollectorTopology topology = CollectorTopology.open(
                        Objects.requireNonNull(config),
                        harness.log,
                        folder.resolve("positions"),
                        SystemClock.process())) {
            topology.start();
            DestinationPlan back = DestinationPlan.read(
                    read("kind: destination\nname: loop\nspec: { type: tcp, urls: [\"127.0.0.1:"
                            + Harness.address(topology).getPort()
                            + "\"], holdBack: 0s, flushInterval: 10ms, filter: { keep: \"Type = 2\" } }\n"),
                    StageResources.NONE,
                    problems);
            problems.throwIfAny();
            DestinationPlan plan = Objects.requireNonNull(back);
            try (RunningDestination loop = plan.config()
                    .start(new DestinationContext(
                            "loop",
                            harness.log,
                            "loop",
                            RecordRouting.of("test"::equals),
                            plan.filters(),
                            folder.resolve("dead-letters"),
                            "secret"))) {
                assertThat(loop).isNotNull();
                try (Socket socket = Harness.connect(topology)) {
                    for (int part = 0; part < 2; part++) {
                        for (int serial = 1; serial <= 3; serial++) {
                            String record = part == 0 ? "SYSCALL" : "CWD";
                            String pairs = part == 0 ? "exe=\"/bin/tool" + serial + "\" pid=7" : "cwd=\"/home\"";
                            String line = "<13>Nov 22 10:00:00 web1 audispd: type=" + record + " msg=audit(10.000:"
                                    + serial + "): " + pairs + "\n";
                            socket.getOutputStream().write(line.getBytes(UTF_8));
                        }
                    }
                }
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> stored(harness).size() >= 3);
            }
            assertThat(stored(harness))
                    .containsExactlyInAnyOrder(
                            "Unix 1 /bin/tool1 /home", "Unix 2 /bin/tool2 /home", "Unix 3 /bin/tool3 /home");
        }
    }
}
