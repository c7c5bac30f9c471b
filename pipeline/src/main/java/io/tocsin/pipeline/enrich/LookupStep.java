package io.tocsin.pipeline.enrich;

import io.tocsin.pipeline.enrich.lookup.Answer;
import io.tocsin.pipeline.enrich.lookup.Lookups;
import io.tocsin.pipeline.stage.OpenEvent;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An enrichment that asks a server: all questions of an event are asked first; when one of the answers is not at
/// hand, the event waits and all of them are used later.
///
/// Thread-safety: one thread at a time.
final class LookupStep implements EnrichmentStep {
    /// One question about an event.
    interface Question {
        /// True when there is something to ask and somewhere to write the answer; reads the key.
        boolean applies(OpenEvent event);

        /// The answer to the key read last, or null while it is on its way.
        @Nullable
        Answer ask(Lookups.Client client);

        /// Writes an answer; false when a value did not fit its field.
        boolean write(OpenEvent event, List<byte[]> values);
    }

    /// What the lanes share.
    record Open(Lookups lookups, Supplier<LookupStep> steps) implements OpenEnrichment {
        @Override
        public EnrichmentStep create() {
            return steps.get();
        }

        @Override
        public Map<String, Long> counts() {
            return lookups.counts();
        }

        @Override
        public void close() {
            lookups.close();
        }
    }

    private final Question[] questions;
    private final Lookups.Client client;
    private final EnrichmentCounters counters;

    LookupStep(List<Question> questions, Lookups.Client client, EnrichmentCounters counters) {
        this.questions = questions.toArray(Question[]::new);
        this.client = client;
        this.counters = counters;
    }

    @Override
    public boolean isSlow() {
        return true;
    }

    @Override
    public boolean apply(OpenEvent event) {
        if (!askAll(event)) {
            return false;
        }
        write(event);
        return true;
    }

    @Override
    public void ask(OpenEvent event) {
        askAll(event);
    }

    private boolean askAll(OpenEvent event) {
        boolean answered = true;
        for (Question question : questions) {
            if (question.applies(event)) {
                answered &= question.ask(client) != null;
            }
        }
        return answered;
    }

    @Override
    public void await(long deadlineNanos) throws InterruptedException {
        client.await(deadlineNanos);
    }

    @Override
    public void finish(OpenEvent event, long deadlineNanos) throws InterruptedException {
        if (!askAll(event)) {
            client.await(deadlineNanos);
        }
        write(event);
    }

    private void write(OpenEvent event) {
        for (Question question : questions) {
            if (question.applies(event)) {
                Answer answer = question.ask(client);
                if (answer == null) {
                    counters.timeout();
                    counters.mark(event, "timeout");
                } else {
                    write(event, question, answer);
                }
            }
        }
    }

    private void write(OpenEvent event, Question question, Answer answer) {
        switch (answer.kind()) {
            case FOUND -> {
                if (question.write(event, answer.values())) {
                    counters.hit();
                } else {
                    counters.error();
                }
            }
            case ABSENT -> counters.miss();
            case FAILED -> {
                counters.error();
                counters.mark(event, "failed");
            }
            case NOT_ASKED -> {
                counters.error();
                counters.mark(event, "not asked");
            }
        }
    }
}
