package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.pipeline.aggregate.Aggregator;
import io.tocsin.pipeline.assemble.Assembler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// The parts of a [HeldState]: what each holding stage of a collector holds, under its name. Takes over what other
/// stages wrote: that is given out as it stands.
///
/// Thread-safety: one thread.
final class HeldParts {
    private static final System.Logger LOGGER = System.getLogger(HeldParts.class.getName());
    private static final String ASSEMBLER = "assemble";
    private static final String AGGREGATOR = "aggregate.";
    /// Between the name of a rule and its number among those of the same name; nobody writes it in a name.
    private static final char NUMBER = '\u0000';
    /// Says by which stages the state was made.
    private static final String WAY = "way";

    private final String collector;
    private final String way;
    private final HeldSteps steps;
    private final Map<String, Assembler> leftLines = new LinkedHashMap<>();
    private final Map<String, Aggregator> leftGroups = new LinkedHashMap<>();
    private boolean changed;
    private boolean plainLines;

    /// @param way see [CollectorConfig#way()]
    HeldParts(String collector, String way, HeldSteps steps) {
        this.collector = collector;
        this.way = way;
        this.steps = steps;
        this.plainLines = steps.joins();
    }

    /// True when what was taken over was held by other stages.
    boolean areOfOtherStages() {
        return changed;
    }

    /// True when the process that wrote the state had lines as they came in before it, to be joined.
    boolean werePlainLines() {
        return plainLines;
    }

    /// Hands what an earlier process held to those who hold it now. What nobody does is kept for [#giveOutLeft].
    ///
    /// @throws IOException when a part is damaged
    void takeOver(Map<String, byte[]> parts) throws IOException {
        byte[] madeBy = parts.get(WAY);
        changed = madeBy != null && !way.equals(new String(madeBy, UTF_8));
        plainLines = parts.containsKey(ASSEMBLER);
        Map<String, Aggregator> aggregators = aggregators();
        for (Map.Entry<String, byte[]> part : parts.entrySet()) {
            String name = part.getKey();
            if (name.equals(ASSEMBLER)) {
                Assembler assembler = steps.assembler();
                if (assembler == null) {
                    leftLines.put(name, Assembler.left(in(part)));
                } else {
                    assembler.read(in(part));
                }
            } else if (name.startsWith(AGGREGATOR)) {
                Aggregator aggregator = aggregators.get(name);
                if (aggregator == null || !aggregator.read(in(part))) {
                    leftGroups.put(name, Aggregator.left(rule(name), in(part)));
                }
            }
        }
        changed |= !leftLines.isEmpty() || !leftGroups.isEmpty();
    }

    private static DataInputStream in(Map.Entry<String, byte[]> part) {
        return new DataInputStream(new ByteArrayInputStream(part.getValue()));
    }

    /// The rules by the names of their parts: several may have the same name.
    private Map<String, Aggregator> aggregators() {
        Map<String, Aggregator> named = new LinkedHashMap<>();
        for (Aggregator aggregator : steps.aggregators()) {
            String name = AGGREGATOR + aggregator.name();
            for (int number = 2; named.containsKey(name); number++) {
                name = AGGREGATOR + aggregator.name() + NUMBER + number;
            }
            named.put(name, aggregator);
        }
        return named;
    }

    private static String rule(String part) {
        int number = part.indexOf(NUMBER);
        return part.substring(AGGREGATOR.length(), number < 0 ? part.length() : number);
    }

    /// Puts what the stages have no place for any more into the open batch.
    ///
    /// @param warns says so
    void giveOutLeft(boolean warns) {
        leftLines.values().forEach(left -> {
            if (warns) {
                warn("lines are not joined any more", ASSEMBLER, left.openParts());
            }
            steps.giveOut(left);
        });
        leftGroups.forEach((name, left) -> {
            if (warns) {
                warn("a rule was removed, renamed or has other fields now", rule(name), left.heldEvents());
            }
            steps.giveOut(left);
        });
        leftLines.clear();
        leftGroups.clear();
    }

    private void warn(String why, String stage, long events) {
        if (events > 0) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    why + ": what it held is given out as it stands [collector={0}, stage={1}, events={2}]",
                    collector,
                    stage,
                    events);
        }
    }

    /// What is held now.
    Map<String, byte[]> write() throws IOException {
        Map<String, byte[]> parts = new LinkedHashMap<>();
        parts.put(WAY, way.getBytes(UTF_8));
        Assembler assembler = steps.assembler();
        if (assembler != null) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            assembler.write(new DataOutputStream(bytes));
            parts.put(ASSEMBLER, bytes.toByteArray());
        }
        for (Map.Entry<String, Aggregator> aggregator : aggregators().entrySet()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            aggregator.getValue().write(new DataOutputStream(bytes));
            parts.put(aggregator.getKey(), bytes.toByteArray());
        }
        return parts;
    }

    /// Parts as one state, for the other one of a pair.
    static byte[] bytes(Map<String, byte[]> parts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(parts.size());
        for (Map.Entry<String, byte[]> part : parts.entrySet()) {
            out.writeUTF(part.getKey());
            out.writeInt(part.getValue().length);
            out.write(part.getValue());
        }
        return bytes.toByteArray();
    }

    /// Reads what [#bytes] gave.
    ///
    /// @throws IOException when it is no such state
    static Map<String, byte[]> read(byte[] state) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
        Map<String, byte[]> parts = new LinkedHashMap<>();
        for (int i = in.readInt(); i > 0; i--) {
            String name = in.readUTF();
            int length = in.readInt();
            if (length < 0 || length > in.available()) {
                throw new IOException("a part of this length cannot be [bytes=" + length + "]");
            }
            parts.put(name, in.readNBytes(length));
        }
        return parts;
    }
}
