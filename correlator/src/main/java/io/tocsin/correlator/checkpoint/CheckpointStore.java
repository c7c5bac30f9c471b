package io.tocsin.correlator.checkpoint;

import io.tocsin.correlator.checkpoint.Checkpoint.Chain;
import io.tocsin.correlator.checkpoint.Checkpoint.Piece;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Checkpoints of which each one writes what has changed since the one before. Every part of the state
/// is a chain: the whole part, and the changes after that. A chain whose changes have grown to half of
/// the whole is written whole again, a few at each checkpoint, so that what a checkpoint writes stays
/// in proportion to what has changed.
///
/// Files: `state-<number>` holds what one checkpoint wrote and is never written again; `checkpoint`
/// says which pieces make the state, with the checksum of each; `checkpoint.previous` is the one
/// before. A checkpoint is made by the rename of that small file after the pieces are durable. Files to
/// which neither of the two points are removed.
///
/// Thread-safety: one thread; a [Taken] has its own.
public final class CheckpointStore {
    /// Changes of a part beyond this share of the whole, or this many of them, make it due to be written whole.
    private static final double MAXIMUM_SHARE = 0.5;

    private static final int MAXIMUM_PIECES = 100;
    /// Bytes of parts that are written whole at one checkpoint although their changes are known, when
    /// fewer have changed.
    private static final long REWRITTEN_BYTES = 16L << 20;
    /// Bytes that nothing points to any more, beyond those that something does, before parts are written whole to
    /// be rid of them.
    private static final long SPARE_BYTES = 64L << 20;

    private final CheckpointFile file;
    private final Segments segments;
    private final Map<String, Chain> chains = new HashMap<>();
    private Set<Long> previousSegments = new HashSet<>();
    private final Deque<StateWriter> buffers = new ArrayDeque<>();
    private long nextSegment;
    private long made;
    private long changedBytes;
    /// Bytes of each segment that was written or read by this process.
    private final Map<Long, Long> segmentBytes = new HashMap<>();

    /// What a checkpoint wrote.
    ///
    /// @param changedBytes of parts of which the changes were written
    /// @param wholeBytes of parts that were written whole
    /// @param stateBytes of everything that the checkpoint points to
    public record Written(long changedBytes, long wholeBytes, long stateBytes) {}

    /// @param folder is made when the first checkpoint is written
    public CheckpointStore(Path folder) throws IOException {
        file = new CheckpointFile(folder);
        segments = new Segments(folder);
        nextSegment =
                1 + segments.numbers().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /// The checkpoints that can be read, the newest first. None when there was never one. Which of them
    /// is used must be said by [#use].
    ///
    /// @throws IOException when a file is there but the disk does not give it, or another version wrote it
    public List<Checkpoint> readAll() throws IOException {
        return file.readAll();
    }

    /// True when [#readAll] met files that are no checkpoints any more.
    public boolean hasDamage() {
        return file.hasDamage();
    }

    /// What became of reading a state.
    ///
    /// @param leftOut parts of the checkpoint that are gone or of another content now
    /// @param damaged what is wrong with each part that cannot be read; those parts must be thrown away
    public record Restored(List<String> leftOut, Map<String, String> damaged) {
        public Restored {
            leftOut = List.copyOf(leftOut);
            damaged = Map.copyOf(damaged);
        }
    }

    /// Reads the state of a checkpoint into parts.
    ///
    /// @param lanes threads that read, each another part
    public Restored restore(Checkpoint checkpoint, List<StatePart> parts, int lanes) throws IOException {
        Map<String, StatePart> byName = new HashMap<>();
        parts.forEach(part -> byName.put(part.name(), part));
        List<String> leftOut = new ArrayList<>();
        List<Chain> wanted = new ArrayList<>();
        for (Chain chain : checkpoint.chains()) {
            StatePart part = byName.get(chain.part());
            if (part == null || part.contentHash() != chain.contentHash()) {
                leftOut.add(chain.part());
            } else {
                wanted.add(chain);
            }
        }
        // The largest first, so that no thread is left alone with it.
        wanted.sort(Comparator.comparingLong(Chain::bytes).reversed());
        try (Segments.Reader reader = segments.reader(segmentsOf(wanted))) {
            Map<String, String> damaged = new ParallelRestore(reader, wanted, byName).run(lanes);
            return new Restored(leftOut, damaged);
        }
    }

    /// Says that what a checkpoint points to is the state now; the next one writes what changes from
    /// here on.
    ///
    /// @param parts those that were restored
    /// @param except names of parts that begin afresh
    public void use(Checkpoint checkpoint, List<StatePart> parts, Set<String> except) {
        made = checkpoint.number();
        chains.clear();
        checkpoint.chains().forEach(chain -> chains.put(chain.part(), chain));
        chains.keySet().removeAll(except);
        for (StatePart part : parts) {
            Chain chain = chains.get(part.name());
            if (chain != null && chain.contentHash() == part.contentHash()) {
                part.saved();
            }
        }
        previousSegments = segmentsOf(checkpoint.chains());
        for (Chain chain : checkpoint.chains()) {
            chain.pieces().forEach(piece -> segmentBytes.merge(piece.segment(), (long) piece.length(), Long::sum));
        }
    }

    /// Puts the newest checkpoint aside because its state cannot be read.
    public void refuseNewest(DamagedStateException reason) throws IOException {
        file.refuseNewest(reason);
    }

    /// Makes a checkpoint durable: the parts, the position and the output sequence of the same moment.
    ///
    /// @param head what is small and changes each time
    public Written write(byte[] position, long outputSequence, long rulesHash, StateWriter head, List<StatePart> parts)
            throws IOException {
        Taken taken = take(position, outputSequence, rulesHash, head, parts);
        boolean stored = false;
        try {
            taken.store();
            stored = true;
        } finally {
            if (!stored) {
                giveUp(taken);
            }
        }
        return taken.written();
    }

    /// Takes a state into memory, so that parts can go on while another thread makes it durable by
    /// [Taken#store]. What the parts know of changes begins anew. Only one is on its way at a time:
    /// the next one is not taken before this one is stored or was given up.
    ///
    /// @param head what is small and changes each time
    public Taken take(byte[] position, long outputSequence, long rulesHash, StateWriter head, List<StatePart> parts)
            throws IOException {
        Set<String> rewritten = rewritten(parts);
        List<Chain> next = new ArrayList<>();
        long changed = 0;
        long whole = 0;
        Segments.Writer writer = segments.writer(nextSegment, buffers);
        boolean complete = false;
        try {
            for (StatePart part : parts) {
                Chain known = chains.get(part.name());
                boolean isKnown = known != null && known.contentHash() == part.contentHash();
                if (known != null && isKnown && !rewritten.contains(part.name()) && part.isUnchanged()) {
                    next.add(known);
                    continue;
                }
                boolean isRewritten = known == null || !isKnown || rewritten.contains(part.name());
                List<Piece> pieces = new ArrayList<>();
                if (known != null && !isRewritten && part.knowsChanges()) {
                    pieces.addAll(known.pieces());
                    pieces.add(writer.add(part::writeChanges));
                } else {
                    pieces.add(writer.add(part::write));
                }
                next.add(new Chain(part.name(), part.contentHash(), pieces));
                whole += isRewritten ? pieces.getLast().length() : 0;
                changed += isRewritten ? 0 : pieces.getLast().length();
            }
            complete = true;
        } finally {
            if (!complete) {
                writer.discard();
            }
        }
        Set<Long> used = segmentsOf(next);
        Set<Long> wanted = new HashSet<>(used);
        wanted.addAll(previousSegments);
        Checkpoint checkpoint =
                new Checkpoint(made + 1, position, outputSequence, rulesHash, head.toBytes(), List.copyOf(next));
        Written written = new Written(
                changed, whole, next.stream().mapToLong(Chain::bytes).sum());
        segmentBytes.put(nextSegment, writer.bytes());
        segmentBytes.keySet().retainAll(wanted);
        previousSegments = used;
        nextSegment++;
        made++;
        changedBytes = changed;
        parts.forEach(StatePart::saved);
        chains.clear();
        next.forEach(chain -> chains.put(chain.part(), chain));
        return new Taken(checkpoint, writer, wanted, written);
    }

    /// Says that a state that was taken did not become durable. The next one writes everything.
    public void giveUp(Taken taken) {
        made = taken.checkpoint.number() - 1;
        chains.clear();
        // Whether the small file took its place is not known: both that it replaced and itself may be there.
        previousSegments = new HashSet<>(taken.wanted);
    }

    /// A state that was taken and is to be made durable.
    ///
    /// Thread-safety: one thread calls [#store], whichever it is; while it does, the store itself
    /// takes nothing else.
    public final class Taken {
        private final Checkpoint checkpoint;
        private final Segments.Writer writer;
        private final Set<Long> wanted;
        private final Written written;

        private Taken(Checkpoint checkpoint, Segments.Writer writer, Set<Long> wanted, Written written) {
            this.checkpoint = checkpoint;
            this.writer = writer;
            this.wanted = wanted;
            this.written = written;
        }

        /// What it writes.
        public Written written() {
            return written;
        }

        /// Makes it durable, and removes files that nothing points to any more.
        public void store() throws IOException {
            boolean prepared = false;
            try (writer) {
                writer.sync();
                file.prepare(checkpoint);
                prepared = true;
            } finally {
                if (!prepared) {
                    // Nothing points to it, and on a full disk it would take the room that the next one needs.
                    writer.discard();
                }
            }
            file.commit();
            segments.removeAllBut(wanted);
        }
    }

    /// The parts that are written whole although their changes are known: those with the most changes,
    /// and those in the oldest files when too much of the files is not needed any more.
    private Set<String> rewritten(List<StatePart> parts) {
        List<Chain> due = new ArrayList<>();
        for (StatePart part : parts) {
            Chain chain = chains.get(part.name());
            if (chain != null
                    && (chain.share() > MAXIMUM_SHARE || chain.pieces().size() >= MAXIMUM_PIECES)) {
                due.add(chain);
            }
        }
        due.sort(Comparator.comparingDouble(Chain::share).reversed().thenComparing(Chain::part));
        long live = chains.values().stream().mapToLong(Chain::bytes).sum();
        long held = segmentBytes.values().stream().mapToLong(Long::longValue).sum();
        if (held > 2 * live + SPARE_BYTES) {
            chains.values().stream()
                    .sorted(Comparator.comparingLong(
                                    (Chain chain) -> chain.pieces().getFirst().segment())
                            .thenComparing(Chain::part))
                    .forEach(due::add);
        }
        Set<String> chosen = new HashSet<>();
        long left = Math.max(REWRITTEN_BYTES, changedBytes);
        for (Chain chain : due) {
            if (left > 0 && chosen.add(chain.part())) {
                left -= chain.pieces().getFirst().length();
            }
        }
        return chosen;
    }

    private static Set<Long> segmentsOf(List<Chain> chains) {
        Set<Long> numbers = new HashSet<>();
        chains.forEach(chain -> chain.pieces().forEach(piece -> numbers.add(piece.segment())));
        return numbers;
    }
}
