package io.tocsin.app.up;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.transport.DeliveryReceiver;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Looks at the body of a delivery before it is taken: it must be whole batches, one after another, of events that may
/// come this way.
///
/// Thread-safety: any thread.
final class BatchBodies implements DeliveryReceiver.BodyCheck {
    private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();
    private final Function<EventBatch, @Nullable String> rule;

    /// A decoder and its batch, kept for the next body.
    private record Workspace(BatchDecoder decoder, EventBatch batch) {}

    /// Any events may come.
    BatchBodies() {
        this(_ -> null);
    }

    /// @param rule says what is wrong with the events of a batch, or null
    BatchBodies(Function<EventBatch, @Nullable String> rule) {
        this.rule = rule;
    }

    @Override
    public @Nullable String problem(byte[] bytes, int offset, int length) {
        Workspace workspace = workspaces.poll();
        if (workspace == null) {
            workspace = new Workspace(new BatchDecoder(), new EventBatch());
        }
        int at = offset;
        try {
            while (at < offset + length) {
                at = workspace
                        .decoder()
                        .decode(bytes, at, offset + length - at, workspace.batch())
                        .totalLength();
                String wrong = rule.apply(workspace.batch());
                if (wrong != null) {
                    return wrong;
                }
            }
            return null;
        } catch (BatchFormatException e) {
            return "the delivery is damaged [byte=" + (at - offset) + "]: " + e.getMessage();
        } finally {
            workspace.batch().clear();
            workspaces.add(workspace);
        }
    }
}
