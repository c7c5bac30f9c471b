package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.normalizer.FlowValues.Part;
import io.tocsin.pipeline.normalizer.flow.ElementType;
import io.tocsin.pipeline.normalizer.flow.FlowBytes;
import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import io.tocsin.pipeline.normalizer.flow.FlowHeader;
import io.tocsin.pipeline.normalizer.flow.FlowProtocol;
import io.tocsin.pipeline.normalizer.flow.FlowReader;
import io.tocsin.pipeline.normalizer.flow.FlowSession;
import io.tocsin.pipeline.normalizer.flow.InformationElement;
import io.tocsin.pipeline.normalizer.flow.Template;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// NetFlow 5, NetFlow 9 (RFC 3954) and IPFIX (RFC 7011): one packet of an exporter gives an event for each record,
/// those about the exporter itself (options) included. Packets are taken apart by [FlowReader].
///
/// Parts: see [FlowDefaults]. A part without a field goes to the extended fields `N`, `S` or `F` under its name, by its
/// type; of a type that is not known, to `Extra` as `ie_<enterprise>_<number>`: numbers of up to eight bytes in
/// decimal, printable text as it is, everything else in hexadecimal.
///
/// Decisions: times relative to the start of the exporter are resolved with the header (NetFlow) or with what the
/// exporter said of its start (IPFIX; the relative value is kept too). What cannot be decoded keeps its bytes in
/// Base64: the header of the packet and the set.
///
/// Thread-safety: one thread, except [#holdsUntilNanos()].
final class FlowFormat implements Splitting {
    private static final int MAXIMUM_BINDINGS = 4096;
    private static final EntryOrigin UNKNOWN_SENDER = EntryOrigin.local("", "", "");
    private static final byte[] NETFLOW = "NetFlow".getBytes(UTF_8);
    private static final byte[] IPFIX = "IPFIX".getBytes(UTF_8);
    private static final byte[] FLOW = "flow".getBytes(UTF_8);
    private static final byte[] OPTIONS = "options".getBytes(UTF_8);
    private static final byte[] FLOW_NAME = "network flow".getBytes(UTF_8);
    private static final byte[] OPTIONS_NAME = "flow exporter options".getBytes(UTF_8);
    private static final int NONE = -1;

    private final FlowReader reader;
    private final SourceMapping mapping;
    private final Map<Template, Binding[]> bindings = new HashMap<>();
    private @Nullable Template boundTemplate;
    private Binding[] bound = {};
    private boolean atHand;
    private long nowNanos;

    private final Part product;
    private final Part version;
    private final Part name;
    private final Part category;
    private final Part exporter;
    private final Part exportTime;
    private final Part flowStart;
    private final Part flowEnd;
    private final Part transport;
    private final Part action;
    private final Part endReason;
    private final Part application;
    private final Part templateId;
    private final Part observationDomainId;
    private final Part sequenceNumber;
    private final Part engineType;
    private final Part engineId;
    private final Part samplingAlgorithm;
    private final Part samplingInterval;
    private final Part flowRecords;

    // What a record says, gathered while its values are written.
    private long startUpTime;
    private long endUpTime;
    private long sampler;
    private boolean sampled;
    private long bootMillis;
    private long applicationId;

    /// A field of a template and where its value goes.
    private record Binding(InformationElement element, Part part) {}

    FlowFormat(
            Set<FlowProtocol> protocols,
            long holdNanos,
            long holdBytes,
            SourceMapping mapping,
            NormalizerMemory memory) {
        this.mapping = mapping;
        reader = new FlowReader(protocols, memory, holdNanos, holdBytes);
        product = Part.of("product", mapping);
        version = Part.of("version", mapping);
        name = Part.of("name", mapping);
        category = Part.of("category", mapping);
        exporter = Part.of("exporter", mapping);
        exportTime = Part.of("exportTime", mapping);
        flowStart = Part.of("flowStart", mapping);
        flowEnd = Part.of("flowEnd", mapping);
        transport = Part.of("transport", mapping);
        action = Part.of("action", mapping);
        endReason = Part.of("endReason", mapping);
        application = Part.of("application", mapping);
        templateId = Part.of("templateId", mapping);
        observationDomainId = Part.of("observationDomainId", mapping);
        sequenceNumber = Part.of("sequenceNumber", mapping);
        engineType = Part.of("engineType", mapping);
        engineId = Part.of("engineId", mapping);
        samplingAlgorithm = Part.of("samplingAlgorithm", mapping);
        samplingInterval = Part.of("samplingInterval", mapping);
        flowRecords = Part.of("flowRecords", mapping);
    }

    @Override
    public void at(long epochNanos) {
        nowNanos = epochNanos;
    }

    @Override
    public void open(@Nullable EntryOrigin origin, byte[] text, int offset, int length) {
        reader.open(origin == null ? UNKNOWN_SENDER : origin, nowNanos, text, offset, length);
    }

    @Override
    public void openExpired(long untilNanos) {
        reader.openExpired(untilNanos);
    }

    @Override
    public long holdsUntilNanos() {
        return reader.holdsUntilNanos();
    }

    @Override
    public boolean next() {
        atHand = reader.next();
        return atHand;
    }

    @Override
    public int pieceOffset() {
        return reader.pieceOffset();
    }

    @Override
    public int pieceLength() {
        return reader.pieceLength();
    }

    @Override
    public byte[] pieceText() {
        return reader.text();
    }

    @Override
    public EntryOrigin pieceOrigin() {
        return reader.origin();
    }

    @Override
    public boolean silent() {
        return reader.silent();
    }

    @Override
    public FlowCounters counters() {
        return reader.counters();
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        if (!atHand) {
            return Outcome.FOREIGN;
        }
        atHand = false;
        String failure = reader.failure();
        if (failure != null) {
            writer.notes().add("flow", failure);
            return Outcome.FOREIGN;
        }
        FlowHeader header = reader.header();
        Template template = reader.template();
        header(event, writer, header, template);
        record(event, writer, header, template, offset);
        derived(event, writer, header);
        String note = reader.note();
        if (note == null) {
            return Outcome.UNDERSTOOD;
        }
        writer.notes().add("flow", note);
        return Outcome.BROKEN;
    }

    private void header(EventBuilder event, FieldWriter writer, FlowHeader header, Template template) {
        boolean netflow5 = header.protocol() == FlowProtocol.NETFLOW_5;
        FlowValues.word(event, writer, product, header.protocol() == FlowProtocol.IPFIX ? IPFIX : NETFLOW);
        FlowValues.number(event, writer, version, header.protocol().version());
        FlowValues.word(event, writer, name, template.options() ? OPTIONS_NAME : FLOW_NAME);
        FlowValues.word(event, writer, category, template.options() ? OPTIONS : FLOW);
        FlowValues.time(event, writer, exportTime, header.exportMillis());
        FlowValues.number(event, writer, sequenceNumber, header.sequence());
        if (netflow5) {
            FlowValues.number(event, writer, engineType, header.engineType());
            FlowValues.number(event, writer, engineId, header.engineId());
            FlowValues.number(event, writer, samplingAlgorithm, header.sampling() >> 14);
            FlowValues.number(event, writer, samplingInterval, header.sampling() & 0x3FFF);
            FlowValues.number(event, writer, flowRecords, header.count());
        } else {
            FlowValues.number(event, writer, templateId, template.id());
            FlowValues.number(event, writer, observationDomainId, header.domain());
        }
    }

    private Binding[] bind(Template template) {
        if (template == boundTemplate) {
            return bound;
        }
        Binding[] known = bindings.get(template);
        if (known == null) {
            if (bindings.size() >= MAXIMUM_BINDINGS) {
                bindings.clear();
            }
            known = new Binding[template.fields()];
            for (int i = 0; i < known.length; i++) {
                InformationElement element = template.element(i);
                known[i] = new Binding(element, Part.of(element.name(), mapping));
            }
            bindings.put(template, known);
        }
        boundTemplate = template;
        bound = known;
        return known;
    }

    private void record(EventBuilder event, FieldWriter writer, FlowHeader header, Template template, int offset) {
        startUpTime = NONE;
        endUpTime = NONE;
        sampler = NONE;
        applicationId = NONE;
        sampled = header.protocol() == FlowProtocol.NETFLOW_5;
        FlowSession session = reader.session();
        bootMillis = session == null ? NONE : session.bootMillis();
        Binding[] fields = bind(template);
        int at = offset;
        for (int i = 0; i < fields.length; i++) {
            // The arena may be another array after each value.
            byte[] bytes = event.arena();
            int start = template.valueStart(bytes, at, i);
            int length = template.valueLength(bytes, at, i);
            Binding field = fields[i];
            if (field.element.enterprise() > 0 || !special(event, writer, header, field, start, length)) {
                FlowValues.element(event, writer, field.part, field.element.type(), start, length);
            }
            at = start + length;
        }
    }

    /// Elements of IANA that say more than their number.
    ///
    /// @return true when nothing else is to be written
    private boolean special(
            EventBuilder event, FieldWriter writer, FlowHeader header, Binding field, int start, int length) {
        byte[] bytes = event.arena();
        if (field.element.number() == 95 && length > 0) {
            applicationId = FlowSession.applicationKey(bytes, start, length);
            FlowValues.span(event, writer, field.part, FlowText.application(event, start, length));
            return true;
        }
        if (length > 8) {
            return false;
        }
        long value = FlowBytes.unsigned(bytes, start, length);
        ElementType type = field.element.type();
        switch (field.element.number()) {
            case 4 -> FlowValues.word(event, writer, transport, FlowNames.protocol(value));
            case 21 -> {
                endUpTime = value;
                return header.upTimeMillis() >= 0;
            }
            case 22 -> {
                startUpTime = value;
                return header.upTimeMillis() >= 0;
            }
            case 34, 305 -> sampled = true;
            case 48, 302 -> sampler = value;
            case 89 -> FlowValues.word(event, writer, action, FlowNames.forwarding(length == 1 ? value : value >> 24));
            case 136 -> FlowValues.word(event, writer, endReason, FlowNames.endReason(value));
            case 150, 152, 154, 156 ->
                FlowValues.time(event, writer, flowStart, FlowValues.millis(bytes, type, start, length));
            case 151, 153, 155, 157 ->
                FlowValues.time(event, writer, flowEnd, FlowValues.millis(bytes, type, start, length));
            case 158 -> FlowValues.time(event, writer, flowStart, header.exportMillis() - value / 1000);
            case 159 -> FlowValues.time(event, writer, flowEnd, header.exportMillis() - value / 1000);
            case 160 -> bootMillis = value;
            case 210 -> {
                return true;
            }
            case 233, 40005 -> FlowValues.word(event, writer, action, FlowNames.firewallEvent(value));
            default -> {}
        }
        // Times that became those of the flow need no second place, unless they are more exact.
        return field.element.number() >= 150 && field.element.number() <= 153;
    }

    private void derived(EventBuilder event, FieldWriter writer, FlowHeader header) {
        upTime(event, writer, header, flowStart, startUpTime);
        upTime(event, writer, header, flowEnd, endUpTime);
        FlowSession session = reader.session();
        if (session != null && !reader.template().options()) {
            if (!sampled) {
                long interval = session.samplingInterval(sampler);
                if (interval > 0) {
                    FlowValues.number(event, writer, samplingInterval, interval);
                }
            }
            byte[] known = applicationId < 0 ? null : session.application(applicationId);
            if (known != null) {
                FlowValues.word(event, writer, application, known);
            }
        }
        String address = reader.origin().peerAddress();
        if (!address.isEmpty() && exporter.target() != null) {
            int start = event.reserve(address.length());
            byte[] bytes = event.arena();
            for (int i = 0; i < address.length(); i++) {
                bytes[start + i] = (byte) address.charAt(i);
            }
            event.advance(address.length());
            FlowValues.span(event, writer, exporter, Conversion.span(start, address.length()));
        }
    }

    /// Milliseconds since the start of the exporter, a number of 32 bits that begins anew after 49 days.
    private void upTime(EventBuilder event, FieldWriter writer, FlowHeader header, Part part, long upTime) {
        if (upTime < 0) {
            return;
        }
        if (header.upTimeMillis() >= 0) {
            int before = (int) (header.upTimeMillis() - upTime);
            FlowValues.time(event, writer, part, header.exportMillis() - before);
        } else if (bootMillis >= 0) {
            FlowValues.time(event, writer, part, bootMillis + upTime);
        }
    }
}
