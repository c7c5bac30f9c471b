package io.tocsin.core.response;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Reads the beginning of an answer and no more: an endless body ends here, and what the answer said counts.
///
/// Thread-safety: as the HTTP client calls it, one call at a time.
final class BodyStart implements BodySubscriber<String> {
    private final int maximumBytes;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final CompletableFuture<String> body = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    BodyStart(int maximumBytes) {
        this.maximumBytes = maximumBytes;
    }

    @Override
    public CompletionStage<String> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            byte[] bytes = new byte[Math.min(part.remaining(), maximumBytes - kept.size())];
            part.get(bytes);
            kept.writeBytes(bytes);
        }
        Flow.Subscription open = subscription;
        if (kept.size() >= maximumBytes && open != null) {
            open.cancel();
            onComplete();
        }
    }

    @Override
    public void onError(Throwable broken) {
        // The status has come: that the rest of the answer has not changes nothing.
        onComplete();
    }

    @Override
    public void onComplete() {
        body.complete(kept.toString(StandardCharsets.UTF_8).replace('\0', '\uFFFD'));
    }
}
