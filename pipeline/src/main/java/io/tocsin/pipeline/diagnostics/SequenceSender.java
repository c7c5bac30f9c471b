package io.tocsin.pipeline.diagnostics;

import org.jspecify.annotations.Nullable;

/// What is missing of the messages of one host. Some number all messages of the host, others those of each program; the
/// message does not say which. So both are followed: the wrong one finds gaps and strays everywhere, and the one that
/// finds fewer is believed.
///
/// Thread-safety: one thread at a time.
final class SequenceSender {
    /// With more programs only the numbering of the host is followed.
    static final int MAXIMUM_PROGRAMS = 16;

    final long key;
    /// When its last message was received.
    long lastNanos;

    private final SequenceTrack whole = new SequenceTrack();
    private final long[] programs = new long[MAXIMUM_PROGRAMS];
    private final @Nullable SequenceTrack[] tracks = new SequenceTrack[MAXIMUM_PROGRAMS];
    private int count;
    private long ofWhole;
    private long ofPrograms;
    private long straysOfPrograms;
    private long told;
    private boolean many;

    SequenceSender(long key) {
        this.key = key;
    }

    /// Takes the number of a message; see [SequenceTrack#receive].
    ///
    /// @param program tells the programs of the host apart
    long receive(long program, int number, long nanos) {
        lastNanos = nanos;
        long found = whole.receive(number, nanos);
        ofWhole += found;
        SequenceTrack track = track(program);
        if (track == null) {
            many = true;
            return found;
        }
        long strays = track.strays();
        ofPrograms += track.receive(number, nanos);
        straysOfPrograms += track.strays() - strays;
        boolean byHost = ofWhole + whole.strays() <= ofPrograms + straysOfPrograms;
        found = Math.max(0, (byHost ? ofWhole : ofPrograms) - told);
        told += found;
        return found;
    }

    private @Nullable SequenceTrack track(long program) {
        if (many) {
            return null;
        }
        for (int i = 0; i < count; i++) {
            if (programs[i] == program) {
                return tracks[i];
            }
        }
        if (count == MAXIMUM_PROGRAMS) {
            return null;
        }
        SequenceTrack track = new SequenceTrack();
        programs[count] = program;
        tracks[count++] = track;
        return track;
    }
}
