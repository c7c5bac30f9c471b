package io.tocsin.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.table.SharingStep;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableField;
import io.tocsin.correlator.table.Tables;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.List;
import java.util.Objects;

/// Changes of tables as they come through the log, and the state of tables in a checkpoint: what can be read can be
/// done, and means the same after it was written again.
final class TableFuzzTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");
    private static final List<TableDefinition> DEFINITIONS = List.of(
            new TableDefinition(
                    "list", TableDefinition.Kind.ACTIVE_LIST, "", 1_000, 50, List.of(), TableDefinition.Scope.SHARED),
            new TableDefinition(
                    "table",
                    TableDefinition.Kind.CONTEXT_TABLE,
                    "",
                    0,
                    50,
                    List.of(
                            new TableField("host", TableField.Type.ADDRESS, false, true),
                            new TableField("hits", TableField.Type.INTEGER, false, false),
                            new TableField("tags", TableField.Type.STRING, true, false))));

    private static Tables tables() {
        Tables tables = new Tables(DEFINITIONS, List.of());
        tables.share(1);
        return tables;
    }

    @FuzzTest
    void change(byte[] input) {
        Effort effort = new Effort();
        EventBatch batch = new EventBatch(1, 256);
        EventBuilder event = batch.builder();
        event.begin(ORIGIN, 1, 2, 3, 0, input, 0, input.length);
        event.setFlag(EventBatch.FLAG_TABLE_CHANGE);
        event.commit();
        SharingStep step = SharingStep.of(new Event().moveTo(batch, 0));
        if (step != null) {
            EventBatch again = new EventBatch(1, 256);
            step.addTo(again, ORIGIN, 1, 2, 3);
            assertThat(SharingStep.of(new Event().moveTo(again, 0))).isEqualTo(step);
            Tables tables = tables();
            tables.set("list", List.of("own"), java.util.Map.of("a", List.of("b")), 5);
            tables.step(new SharingStep.Ask(7), 5);
            tables.step(step, 5);
            tables.step(new SharingStep.Join(1, 7), 5);
            tables.step(step, 5);
            assertSaved(tables);
        }
        TableChange change = TableChange.of(new Event().moveTo(batch, 0));
        if (change != null) {
            EventBatch again = new EventBatch(1, 256);
            change.addTo(again, ORIGIN, 1, 2, 3);
            assertThat(TableChange.of(new Event().moveTo(again, 0))).isEqualTo(change);
            Tables tables = tables();
            tables.set("list", List.of("own"), java.util.Map.of("a", List.of("b")), 5);
            tables.apply(change, 1, 2, change.atMillis(), change.atMillis());
            assertSaved(tables);
        }
        effort.check();
    }

    @FuzzTest
    void state(byte[] input) {
        Effort effort = new Effort();
        Tables tables = tables();
        try {
            tables.read(SavedPieces.of(new StateReader(input)));
        } catch (DamagedStateException _) {
            effort.check();
            return;
        }
        assertSaved(tables);
        effort.check();
    }

    private static void assertSaved(Tables tables) {
        StateWriter out = new StateWriter();
        tables.write(out);
        Tables again = tables();
        again.read(SavedPieces.of(new StateReader(out.toBytes())));
        StateWriter second = new StateWriter();
        again.write(second);
        assertThat(second.toBytes()).isEqualTo(out.toBytes());
        for (TableDefinition each : DEFINITIONS) {
            assertThat(Objects.requireNonNull(again.records(each.name()))).hasSizeLessThanOrEqualTo(50);
        }
    }
}
