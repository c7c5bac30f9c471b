package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.FieldReference;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.junit.jupiter.api.Test;

/// An evaluation marks by the number of the event what it has decided. After half a billion events it begins to count
/// anew; so many cannot be evaluated here, so the number is set.
class EventNumberTest {
    private static final int LAST = 1 << 29;

    private static final FieldReference IMAGE = field("Image");
    private static final FieldReference COMMAND = field("CommandLine");

    private static List<Integer> found(Evaluation evaluation, String command) {
        evaluation.moveTo(TestEvents.of("Image", "C:\\a tool with a long name.exe", "CommandLine", command), 0);
        return TestEvents.matches(evaluation);
    }

    @Test
    void nothingIsRememberedOfTheEventThatHadTheSameNumberBefore() throws ReflectiveOperationException {
        VarHandle number = MethodHandles.privateLookupIn(Evaluation.class, MethodHandles.lookup())
                .findVarHandle(Evaluation.class, "eventNumber", int.class);
        Filter key = new Filter.Test(IMAGE, new Match.EndsWith("\\a tool with a long name.exe", true));
        // Of the beginning, of what is contained, of short texts, and one that is asked of the value.
        List<Match> others = List.of(
                new Match.StartsWith("begin", true),
                new Match.Contains("contained", true),
                new Match.Contains("-", true),
                new Match.Finds("[0-9]{5}", false));
        FilterIndex index = new FilterIndex(new FieldTable());
        for (Match other : others) {
            index.add(Filter.all(List.of(key, new Filter.Test(COMMAND, other))));
        }
        index.build();
        Evaluation evaluation = index.newEvaluation();
        assertThat(found(evaluation, "begin contained - 12345")).containsExactly(0, 1, 2, 3);
        assertThat((int) number.get(evaluation)).isEqualTo(1);
        number.set(evaluation, LAST - 1);
        assertThat(found(evaluation, "begin contained - 12345")).containsExactly(0, 1, 2, 3);
        assertThat((int) number.get(evaluation)).isEqualTo(LAST);
        assertThat(found(evaluation, "begin contained - 12345")).containsExactly(0, 1, 2, 3);
        assertThat((int) number.get(evaluation)).isEqualTo(1);
        number.set(evaluation, LAST);
        assertThat(found(evaluation, "begin contained - 12345")).containsExactly(0, 1, 2, 3);
        number.set(evaluation, LAST);
        assertThat(found(evaluation, "nothing of it")).isEmpty();
        assertThat((int) number.get(evaluation)).isEqualTo(1);
    }
}
