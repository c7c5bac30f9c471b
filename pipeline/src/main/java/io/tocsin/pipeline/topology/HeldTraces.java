package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.transport.log.DurableLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;

/// What second passes leave behind for the next process: a file with what a collector holds, and a consumer of the
/// log. Their names. Stateless.
final class HeldTraces {
    /// What the names of the files end with.
    static final String STATE_SUFFIX = ".held";

    private static final String CONSUMER = "held.";
    private static final int LONGEST_PLAIN_NAME = 59;
    private static final int HASHED_NAME = 40;

    private HeldTraces() {}

    /// The file with what a collector holds.
    static Path state(Path positions, String collector) {
        return positions.resolve(collector + STATE_SUFFIX);
    }

    /// The name of the log's consumer: lower case and not too long, as the log wants it. Different for each
    /// collector.
    static String consumer(String collector) {
        String lower = collector.toLowerCase(Locale.ROOT);
        if (lower.equals(collector) && collector.length() <= LONGEST_PLAIN_NAME) {
            return CONSUMER + collector;
        }
        String start = lower.substring(0, Math.min(HASHED_NAME, lower.length()));
        return CONSUMER + start + "." + HexFormat.of().toHexDigits(hash(collector));
    }

    /// True for the names of consumers that belong to second passes.
    static boolean isConsumer(String name) {
        return name.startsWith(CONSUMER);
    }

    /// True when an earlier process left something to a second pass of the collector.
    static boolean areLeft(String collector, DurableLog log, Path positions) {
        return Files.exists(state(positions, collector)) || log.consumerNames().contains(consumer(collector));
    }

    /// FNV-1a.
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
