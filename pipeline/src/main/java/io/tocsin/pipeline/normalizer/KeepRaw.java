package io.tocsin.pipeline.normalizer;

/// When the source text is stored with the event. Text that nothing understood is always stored: it is all there is.
enum KeepRaw {
    NEVER,
    ERROR,
    ALWAYS
}
