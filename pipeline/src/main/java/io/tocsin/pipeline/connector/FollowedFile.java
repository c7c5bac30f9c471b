package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.FilePositions.Fingerprint;
import io.tocsin.pipeline.connector.framing.FrameDecoder;
import io.tocsin.pipeline.connector.framing.FrameSink;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.Supplier;

/// One file that a [FileConnector] reads: where it is, how far it was read, and how far what was read is on disk.
///
/// Thread-safety: the reading thread; `durablePosition` and `durableSkipping` under the connector's lock.
final class FollowedFile {
    private static final System.Logger LOGGER = System.getLogger(FollowedFile.class.getName());

    final Path path;
    /// Device and number.
    final String key;

    final EntryOrigin origin;
    final FileChannel channel;
    private final Supplier<FrameDecoder> newDecoder;
    FrameDecoder decoder;
    /// Where the next read begins.
    long readOffset;

    long durablePosition;
    boolean durableSkipping;
    Fingerprint fingerprint = Fingerprint.NONE;
    /// Events from here on that were logged by an earlier process.
    long skip;
    /// Its name is not the one under which it was found any more.
    boolean moved;
    /// The pattern does not fit it any more, or it was deleted.
    boolean gone;

    long quietSinceNanos = System.nanoTime();

    FollowedFile(
            Path path,
            String key,
            EntryOrigin origin,
            FileChannel channel,
            long position,
            Supplier<FrameDecoder> newDecoder) {
        this.path = path;
        this.key = key;
        this.origin = origin;
        this.channel = channel;
        this.newDecoder = newDecoder;
        this.decoder = newDecoder.get();
        this.readOffset = position;
        this.durablePosition = position;
    }

    /// Begins anew, as another file. The caller holds the connector's lock.
    void restart(long at) {
        decoder.close();
        decoder = newDecoder.get();
        readOffset = at;
        fingerprint = Fingerprint.NONE;
        skip = 0;
        durablePosition = at;
        durableSkipping = false;
    }

    /// Hands lines on; those that were logged already are only shown.
    FrameSink frames(EventSink sink) {
        return (buffer, offset, length, flags) -> {
            if (skip > 0) {
                skip--;
                sink.known(origin, buffer, offset, length);
            } else {
                sink.accept(origin, buffer, offset, length, flags);
            }
        };
    }

    void close() {
        decoder.close();
        try {
            channel.close();
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "file did not close", e);
        }
    }
}
