package io.tocsin.pipeline.destination;

/// One peer of a destination.
///
/// @param url as people wrote it, without secrets
/// @param fallback true: used only while no other peer can be reached
public record PeerAddress(String url, boolean fallback) {}
