package io.tocsin.pipeline.connector.framing;

/// Takes the frames of one stream, in order.
@FunctionalInterface
public interface FrameSink {
    /// Takes one frame. The bytes are valid during the call only.
    ///
    /// @param length bytes, at least 1
    /// @param flags 0 or `EventBatch.FLAG_CUT` when the text is known, or has to be feared, to be
    /// incomplete: it was longer than the limit or the stream ended inside
    void frame(byte[] buffer, int offset, int length, int flags);
}
