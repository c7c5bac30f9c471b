package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The timelines that the decisions about rules work out, event by event, as a stream and as a history.
final class WorkedTimelinesTest {
    @TempDir
    private Path folder;

    private void holds(String rule, String tests) throws IOException {
        Files.writeString(
                folder.resolve("rule.yaml"),
                "kind: rule\nname: rule\nspec:\n  description: A timeline.\n  lateness: 0s\n" + rule.indent(2));
        Files.writeString(folder.resolve("rule.tests.yaml"), "tests:\n" + tests.indent(2));
        List<RuleTests.Result> results = RuleTests.run(List.of(folder));
        assertThat(results)
                .isNotEmpty()
                .allSatisfy(
                        result -> assertThat(result.problem()).as(result.test()).isEmpty());
    }

    @Test
    void malwareThatIsRemovedIsClearedAndThatWhichStaysIsToldWhenTheWindowEnds() throws IOException {
        holds("""
                type: standard
                window: 300s
                identical: [DeviceHostName, FileName]
                keepEvents: all
                selectors:
                  - { alias: found, filter: "Name = 'found'" }
                  - { alias: removed, filter: "Name = 'removed'", recovery: true }
                actions: { onTimeout: { alert: true } }
                """, """
                - name: one is removed and one stays
                  events:
                    - { at: 0s, set: { Name: found, DeviceHostName: host1, FileName: file1 } }
                    - { at: 40s, set: { Name: found, DeviceHostName: host2, FileName: file9 } }
                    - { at: 95s, set: { Name: removed, DeviceHostName: host1, FileName: file1 } }
                    - { at: 300s, set: { Name: other } }
                    - { at: 340s, set: { Name: other } }
                  expect: { hits: 1, fields: [{ DeviceHostName: host2, FileName: file9, BaseEventCount: 1 }] }
                - name: a removal that comes first clears nothing
                  events:
                    - { at: 0s, set: { Name: removed, DeviceHostName: host1, FileName: file1 } }
                    - { at: 5s, set: { Name: found, DeviceHostName: host1, FileName: file1 } }
                    - { at: 305s, set: { Name: other } }
                  expect: { hits: 1 }
                """);
    }

    @Test
    void whatDoesNotComeIsToldForEachEpisodeAndAtTheEndOfTheWindowItIsTooLate() throws IOException {
        holds("""
                type: absence
                window: 10s
                selectors:
                  - { alias: begins, filter: "Name = 'A'" }
                  - { alias: ends, filter: "Name = 'B'", expected: true }
                """, """
                - name: the table of the decision
                  events:
                    - { at: 0s, set: { Name: A } }
                    - { at: 4s, set: { Name: A } }
                    - { at: 10s, set: { Name: other } }
                    - { at: 12s, set: { Name: B } }
                    - { at: 20s, set: { Name: A } }
                    - { at: 30s, set: { Name: B } }
                  expect: { hits: 2 }
                - name: answered just before the end
                  events:
                    - { at: 0s, set: { Name: A } }
                    - { at: 9s, set: { Name: B } }
                    - { at: 60s, set: { Name: other } }
                  expect: { hits: 0 }
                """);
    }

    @Test
    void equalValuesCountOnceAndDifferentOnesReachTheThreshold() throws IOException {
        holds("""
                type: standard
                window: 60s
                unique: [DeviceCustomString4]
                selectors: [{ filter: "Name = 'A'", threshold: 3 }]
                """, """
                - name: three equal ones
                  events: [{ repeat: 3, set: { Name: A, DeviceCustomString4: same } }]
                  expect: { hits: 0 }
                - name: three different ones
                  events: [{ repeat: 3, set: { Name: A, DeviceCustomString4: "value {n}" } }]
                  expect: { hits: 1, fields: [{ BaseEventCount: 3 }] }
                """);
    }

    @Test
    void eachFullMatchOfFailuresAndASuccessIsToldOnceAndClearsTheBucket() throws IOException {
        holds("""
                type: standard
                window: 200s
                identical: [DestinationUserName]
                orderBy: Timestamp
                keepEvents: all
                selectors:
                  - { alias: failure, filter: "Name = 'failure'", threshold: 50 }
                  - { alias: success, filter: "Name = 'success'" }
                actions: { onEveryThreshold: { alert: true } }
                """, """
                - name: two full matches in one window
                  events:
                    - { at: 0s, repeat: 50, set: { Name: failure, DestinationUserName: anna } }
                    - { at: 51s, set: { Name: success, DestinationUserName: anna } }
                    - { at: 60s, repeat: 50, set: { Name: failure, DestinationUserName: anna } }
                    - { at: 111s, set: { Name: success, DestinationUserName: anna } }
                  expect: { hits: 2, fields: [{ BaseEventCount: 51 }, { BaseEventCount: 51 }] }
                - name: one failure less
                  events:
                    - { at: 0s, repeat: 49, set: { Name: failure, DestinationUserName: anna } }
                    - { at: 51s, set: { Name: success, DestinationUserName: anna } }
                  expect: { hits: 0 }
                """);
    }
}
