package io.tocsin.pipeline.aggregate;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenStage;
import io.tocsin.pipeline.stage.StageContext;
import io.tocsin.pipeline.stage.StagePlan;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A checked rule of aggregation.
///
/// @param name the aggregates carry it
/// @param where which events take part, null: all
/// @param threshold events after which an aggregate goes on
/// @param lifetime time after the first event at which an aggregate goes on
/// @param identical fields whose values make the group
/// @param unique fields whose distinct values are kept
/// @param sum fields that are added up
/// @param maximumOpen groups open at one time
public record AggregatePlan(
        String name,
        @Nullable Condition where,
        int threshold,
        Duration lifetime,
        List<FieldReference> identical,
        List<FieldReference> unique,
        List<FieldReference> sum,
        int maximumOpen)
        implements StagePlan {
    /// Columns of an event, and what the aggregate says of itself.
    private static final Set<Field> FILLED = Set.of(
            Field.ID,
            Field.TIMESTAMP,
            Field.TYPE,
            Field.ENTRY_SEQUENCE,
            Field.RAW,
            Field.SERVICE_NAME,
            Field.CONNECTOR_NAME,
            Field.TENANT_ID,
            Field.ENTRY_ADDRESS,
            Field.ENTRY_PORT,
            Field.ENTRY_PATH,
            Field.LISTEN_ADDRESS,
            Field.LISTEN_PORT,
            Field.RELAY_ADDRESS,
            Field.RELAY_PORT,
            Field.ENTRY_SUBJECT,
            Field.HOPS,
            Field.AGGREGATION_RULE_ID,
            Field.AGGREGATION_RULE_NAME,
            Field.BASE_EVENT_COUNT,
            Field.BASE_EVENT_IDS,
            Field.START_TIME,
            Field.END_TIME);

    public AggregatePlan {
        identical = List.copyOf(identical);
        unique = List.copyOf(unique);
        sum = List.copyOf(sum);
    }

    static boolean isWritable(Field field) {
        return !FILLED.contains(field);
    }

    List<FieldReference> fields() {
        return Stream.of(identical, unique, sum).flatMap(List::stream).toList();
    }

    /// True when both make groups of the same fields in the same order.
    boolean hasFieldsOf(AggregatePlan other) {
        return identical.equals(other.identical) && unique.equals(other.unique) && sum.equals(other.sum);
    }

    /// Writes which fields the groups of this rule have.
    void writeFields(DataOutput out) throws IOException {
        for (List<FieldReference> references : List.of(identical, unique, sum)) {
            out.writeInt(references.size());
            for (FieldReference reference : references) {
                // Not `name()`: that quotes odd keys for conditions.
                out.writeUTF(
                        reference instanceof FieldReference.Dynamic dynamic
                                ? dynamic.kind().prefix() + "." + dynamic.key()
                                : reference.name());
            }
        }
    }

    /// A rule of this name with the fields that [#writeFields] gave. It never opens a group itself.
    static AggregatePlan readFields(String rule, DataInput in) throws IOException {
        List<List<FieldReference>> fields = new ArrayList<>();
        for (int part = 0; part < 3; part++) {
            List<FieldReference> references = new ArrayList<>();
            for (int i = in.readInt(); i > 0; i--) {
                String name = in.readUTF();
                FieldReference known = FieldReference.byName(name);
                // A field that the schema has lost keeps its values as an extra.
                references.add(
                        known == null || known instanceof FieldReference.AnyField
                                ? FieldReference.of(DynamicKind.EXTRA, name)
                                : known);
            }
            fields.add(references);
        }
        return new AggregatePlan(rule, null, 1, Duration.ZERO, fields.get(0), fields.get(1), fields.get(2), 1);
    }

    @Override
    public String type() {
        return AggregateConfig.KIND;
    }

    /// Makes an aggregator that holds nothing yet.
    public Aggregator create() {
        return new Aggregator(this);
    }

    @Override
    public OpenStage open(StageContext context) {
        return new Open();
    }

    /// Counts what the aggregators that it made gave out.
    ///
    /// Thread-safety: any thread.
    private final class Open implements OpenStage {
        private final List<Aggregator> made = new CopyOnWriteArrayList<>();

        @Override
        public Aggregator create() {
            Aggregator aggregator = AggregatePlan.this.create();
            made.add(aggregator);
            return aggregator;
        }

        @Override
        public Map<String, Long> counts() {
            return Map.of(
                    "groups", made.stream().mapToLong(Aggregator::groups).sum(),
                    "early_groups",
                            made.stream().mapToLong(Aggregator::earlyGroups).sum());
        }
    }
}
