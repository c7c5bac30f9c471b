package io.tocsin.pipeline.pair;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.LongSupplier;

/// What a collector of a pair keeps on disk: its state, and the replica that is to be taken over.
///
/// Thread-safety: that of the member.
final class PairFiles {
    private static final System.Logger LOGGER = System.getLogger(PairFiles.class.getName());

    private final String collector;
    private final Path file;
    private final Path replicaFile;
    private PairState state;

    /// Reads the state, or begins a new one when there is none of this log.
    ///
    /// @param folder where the files lie
    /// @param producer of the log
    /// @param epoch of the log
    /// @param numbers for a new node, never 0
    PairFiles(String collector, Path folder, long producer, int epoch, LongSupplier numbers) {
        this.collector = collector;
        this.file = folder.resolve(collector + ".pair");
        this.replicaFile = folder.resolve(collector + ".replica");
        this.state = load(collector, file, producer, epoch, numbers);
    }

    private static PairState load(String collector, Path file, long producer, int epoch, LongSupplier numbers) {
        try {
            PairState found = PairState.read(file);
            if (found != null && found.producer() == producer && found.epoch() == epoch) {
                return found;
            }
            if (found != null) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "the log was made anew, the collector begins as a new one of its pair [collector={0}]",
                        collector);
            }
        } catch (IOException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "the state of the pair cannot be read and is given up, the file is kept beside [path=" + file + "]",
                    e);
            try {
                Files.move(
                        file,
                        file.resolveSibling(file.getFileName() + ".damaged"),
                        StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException notKept) {
                LOGGER.log(System.Logger.Level.WARNING, "cannot keep the damaged file [path=" + file + "]", notKept);
            }
        }
        return PairState.fresh(numbers.getAsLong(), producer, epoch);
    }

    String collector() {
        return collector;
    }

    PairState state() {
        return state;
    }

    /// The new state counts when it is on disk.
    ///
    /// @throws IOException when it was not written; the old one stays
    void write(PairState next) throws IOException {
        next.write(file);
        state = next;
    }

    /// For the log.
    void notWritten(IOException reason) {
        LOGGER.log(
                System.Logger.Level.WARNING,
                "the state of the pair was not written, it is tried again [collector={0}, path={1}, reason={2}]",
                collector,
                file,
                reason.getMessage());
    }

    /// What was about to be taken over when the process ended; an empty one when there was nothing.
    PairReplica loadReplica(long limitBytes) {
        if (state.session() != 0 && !state.keeper() && state.doomed() && hasReplica()) {
            try {
                return PairReplica.load(replicaFile, state.session(), limitBytes);
            } catch (IOException e) {
                LOGGER.log(
                        System.Logger.Level.ERROR,
                        "the replica cannot be read, what the other one holds stays there [path=" + replicaFile + "]",
                        e);
            }
        }
        return new PairReplica(limitBytes);
    }

    /// Writes a replica of the session, unless it is empty or was written before.
    void writeReplica(PairReplica replica) throws IOException {
        if (replica.reached() != null && !hasReplica()) {
            replica.write(replicaFile, state.session());
        }
    }

    boolean hasReplica() {
        return Files.exists(replicaFile);
    }

    Path replicaFile() {
        return replicaFile;
    }

    void deleteReplica() throws IOException {
        Files.deleteIfExists(replicaFile);
    }
}
