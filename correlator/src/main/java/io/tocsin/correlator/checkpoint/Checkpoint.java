package io.tocsin.correlator.checkpoint;

/// Everything that a correlator needs to go on where it stopped.
///
/// @param position place in the input after the last event whose effect is in the state; opaque
/// @param outputSequence number of events in the output when the state was taken
/// @param rulesHash hash of the rule set that made the output
/// @param state of the engine
@SuppressWarnings("ArrayRecordComponent")
public record Checkpoint(byte[] position, long outputSequence, long rulesHash, byte[] state) {}
