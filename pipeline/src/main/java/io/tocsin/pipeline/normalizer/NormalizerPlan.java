package io.tocsin.pipeline.normalizer;

import java.time.ZoneId;
import java.util.IdentityHashMap;
import java.util.List;

/// A checked normalizer tree, ready to make a [Normalizer] for each thread. Made by [NormalizerLoader]. Immutable.
public final class NormalizerPlan {
    private final NodePlan root;
    private final KeepRaw keepRaw;
    private final boolean binary;
    private final NormalizerMemory memory = new NormalizerMemory();

    /// One normalizer of the tree.
    ///
    /// @param mapping where each part goes, registers included
    /// @param registers how many texts nested normalizers read
    record NodePlan(
            String name,
            FormatPlan.Maker format,
            SourceMapping mapping,
            boolean keepExtra,
            int registers,
            ZoneId zone,
            List<TimeLayout> times,
            List<Constant> constants,
            List<LinkPlan> links,
            List<LeftoverPlan> leftovers,
            List<Enrichment> enrichments,
            boolean requiresNested) {
        NodePlan {
            times = List.copyOf(times);
            constants = List.copyOf(constants);
            links = List.copyOf(links);
            leftovers = List.copyOf(leftovers);
            enrichments = List.copyOf(enrichments);
        }
    }

    /// The way to a nested normalizer.
    record LinkPlan(
            List<LinkCondition> conditions,
            int register,
            List<Conversion> conversions,
            boolean goesOn,
            boolean consumes,
            NodePlan node) {
        LinkPlan {
            conditions = List.copyOf(conditions);
            conversions = List.copyOf(conversions);
        }
    }

    /// Fields of a part that are filled only when no nested normalizer consumed it.
    record LeftoverPlan(int register, Target target) {}

    /// @param binary texts are bytes: nothing may be trimmed from their ends
    NormalizerPlan(NodePlan root, KeepRaw keepRaw, boolean binary) {
        this.root = root;
        this.binary = binary;
        this.keepRaw = keepRaw;
    }

    public String name() {
        return root.name;
    }

    /// True when texts are bytes: nothing may be trimmed from their ends.
    public boolean binary() {
        return binary;
    }

    /// What the formats of all normalizers of this plan remember of their streams.
    public NormalizerMemory memory() {
        return memory;
    }

    NodePlan root() {
        return root;
    }

    /// Makes a normalizer for one thread.
    public Normalizer create() {
        ParseNotes notes = new ParseNotes();
        NormalizerCounters counters = new NormalizerCounters();
        IdentityHashMap<NodePlan, NormalizerNode> made = new IdentityHashMap<>();
        NormalizerNode first = node(root, made, memory, notes, counters);
        return new Normalizer(root.name, first, List.copyOf(made.values()), notes, keepRaw, counters);
    }

    private static NormalizerNode node(
            NodePlan plan,
            IdentityHashMap<NodePlan, NormalizerNode> made,
            NormalizerMemory memory,
            ParseNotes notes,
            NormalizerCounters counters) {
        NormalizerNode known = made.get(plan);
        if (known != null) {
            return known;
        }
        NormalizerNode.Link[] links = plan.links.stream()
                .map(link -> new NormalizerNode.Link(
                        link.conditions.stream().map(LinkCondition::forThread).toList(),
                        link.register,
                        link.conversions.stream().map(Conversion::forThread).toList(),
                        link.goesOn,
                        link.consumes,
                        node(link.node, made, memory, notes, counters)))
                .toArray(NormalizerNode.Link[]::new);
        TimeReader times = new TimeReader(plan.zone, plan.times);
        NormalizerNode node = new NormalizerNode(
                plan.name,
                plan.format.make(plan.mapping.forThread(), memory),
                new FieldWriter(plan.keepExtra, plan.registers, times, notes, counters),
                plan.constants.toArray(Constant[]::new),
                links,
                plan.leftovers.stream()
                        .map(leftover -> new NormalizerNode.Leftover(leftover.register, leftover.target.forThread()))
                        .toArray(NormalizerNode.Leftover[]::new),
                plan.enrichments.stream().map(Enrichment::forThread).toArray(Enrichment[]::new),
                plan.requiresNested);
        made.put(plan, node);
        return node;
    }
}
