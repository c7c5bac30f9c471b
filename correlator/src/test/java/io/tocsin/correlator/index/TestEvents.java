package io.tocsin.correlator.index;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Events of a few values, and what an evaluation finds in them.
final class TestEvents {
    private TestEvents() {}

    static FieldReference field(String name) {
        return FieldReference.of(DynamicKind.EXTRA, name);
    }

    /// A batch of one event.
    ///
    /// @param pairs name and value in turn
    static EventBatch of(String... pairs) {
        EventBatch batch = new EventBatch(1, 4_096);
        EventBuilder event = batch.builder();
        event.begin(EntryOrigin.local("test", "test", ""), 1, 1, 0, 0, new byte[0], 0, 0);
        for (int i = 0; i < pairs.length; i += 2) {
            byte[] key = pairs[i].getBytes(StandardCharsets.UTF_8);
            byte[] text = pairs[i + 1].getBytes(StandardCharsets.UTF_8);
            int keyAt = event.append(key, 0, key.length);
            event.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, event.append(text, 0, text.length), text.length);
        }
        event.commit();
        return batch;
    }

    /// Numbers of the filters that the event fulfils on which the evaluation stands.
    static List<Integer> matches(Evaluation evaluation) {
        List<Integer> matches = new ArrayList<>();
        for (int f = evaluation.nextMatch(0); f >= 0; f = evaluation.nextMatch(f + 1)) {
            matches.add(f);
        }
        return matches;
    }

    static List<Integer> matches(RoutedEvaluation evaluation) {
        List<Integer> matches = new ArrayList<>();
        for (int f = evaluation.nextMatch(0); f >= 0; f = evaluation.nextMatch(f + 1)) {
            matches.add(f);
        }
        return matches;
    }
}
