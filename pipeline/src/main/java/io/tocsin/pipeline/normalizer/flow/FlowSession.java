package io.tocsin.pipeline.normalizer.flow;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known of one exporting process: its templates, and what it told about itself in options records.
///
/// An exporting process is an address, a port and an observation domain (RFC 7011, section 8: template numbers are
/// unique in a transport session and observation domain). Ports change when an exporter restarts, and some exporters
/// send templates and data from different ports. So a template that the own port never sent is taken from another
/// port of the same address and domain, as long as all ports laid it out the same way; when they differ there are
/// several processes, and the data waits for the template of its own port.
///
/// Thread-safety: one thread; the memory is shared.
public final class FlowSession {
    private static final int MAXIMUM_TEMPLATES = 1024;
    private static final int MAXIMUM_SAMPLERS = 256;
    private static final int MAXIMUM_APPLICATIONS = 16_384;
    private static final int MAXIMUM_MISSES = 4096;
    /// Key of the sampler of flows that name none.
    private static final long ANY_SAMPLER = -1;
    private static final byte[] DIFFERENT = {};

    /// @param port of the exporter, -1 when there is none
    record Key(FlowProtocol protocol, String address, int port, long domain) {}

    private final Key key;
    private final TemplateMemory memory;
    private final InformationElements.Declared declared = new InformationElements.Declared();
    private final Map<Long, Long> samplers = new HashMap<>();
    private final Map<Long, byte[]> applications = new HashMap<>();
    private final Map<Integer, Boolean> misses = new HashMap<>();

    /// Sorted by number.
    private Template[] templates = {};

    private long missesAt;
    private int fields;
    private long nextSequence = -1;
    private long bootMillis = -1;

    FlowSession(Key key, TemplateMemory memory) {
        this.key = key;
        this.memory = memory;
    }

    Key key() {
        return key;
    }

    /// Fields of all templates, for the bound on memory.
    int fields() {
        return fields;
    }

    InformationElements.Declared declared() {
        return declared;
    }

    private int find(int id) {
        int low = 0;
        int high = templates.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int found = templates[middle].id();
            if (found == id) {
                return middle;
            }
            if (found < id) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1 - low;
    }

    /// The template with this number, from memory when this process has not seen it.
    @Nullable
    Template template(int id) {
        int index = find(id);
        return index >= 0 ? templates[index] : remembered(id);
    }

    private @Nullable Template remembered(int id) {
        // Data without a template comes again and again: the memory is asked once until something changes.
        if (memory.changes() != missesAt) {
            missesAt = memory.changes();
            misses.clear();
        }
        if (misses.containsKey(id)) {
            return null;
        }
        byte[] own = memory.get(memoryKey(Integer.toString(key.port), id));
        byte[] bytes = own != null ? own : memory.get(memoryKey("*", id));
        Template template = null;
        if (bytes != null && own == null) {
            template = bytes.length <= 4 ? null : Template.of(id, Arrays.copyOfRange(bytes, 4, bytes.length), declared);
        } else if (bytes != null) {
            template = Template.of(id, bytes, declared);
        }
        if (template != null) {
            insert(template);
        } else if (misses.size() < MAXIMUM_MISSES) {
            misses.put(id, true);
        }
        return template;
    }

    private String memoryKey(String port, int id) {
        return "flow " + key.protocol.version() + " " + key.address + " " + port + " " + key.domain + " " + id;
    }

    /// Takes a template.
    ///
    /// @return false when it was known
    boolean learn(Template template) {
        int index = find(template.id());
        boolean known = index >= 0 && templates[index].sameLayout(template);
        if (!known) {
            insert(template);
            misses.remove(template.id());
        }
        // Again each time: the memory forgets first what nobody sent for longest.
        byte[] bytes = template.toBytes();
        memory.put(memoryKey(Integer.toString(key.port), template.id()), bytes);
        String shared = memoryKey("*", template.id());
        byte[] others = memory.get(shared);
        byte[] mine = new byte[bytes.length + 4];
        for (int i = 0; i < 4; i++) {
            mine[i] = (byte) (key.port >>> (24 - 8 * i));
        }
        System.arraycopy(bytes, 0, mine, 4, bytes.length);
        if (others == null || Arrays.equals(others, 0, Math.min(4, others.length), mine, 0, 4)) {
            memory.put(shared, mine);
        } else if (!Arrays.equals(others, Math.min(4, others.length), others.length, bytes, 0, bytes.length)) {
            memory.put(shared, DIFFERENT);
        } else {
            memory.put(shared, others);
        }
        return !known;
    }

    private void insert(Template template) {
        int index = find(template.id());
        if (index >= 0) {
            fields += template.fields() - templates[index].fields();
            templates[index] = template;
            return;
        }
        if (templates.length == MAXIMUM_TEMPLATES) {
            // No exporter has so many: any of them may go, it comes again when it is real.
            remove(templates[template.id() % MAXIMUM_TEMPLATES].id());
            index = find(template.id());
        }
        int place = -1 - index;
        Template[] more = new Template[templates.length + 1];
        System.arraycopy(templates, 0, more, 0, place);
        more[place] = template;
        System.arraycopy(templates, place, more, place + 1, templates.length - place);
        templates = more;
        fields += template.fields();
    }

    private void remove(int id) {
        int index = find(id);
        if (index >= 0) {
            fields -= templates[index].fields();
            Template[] fewer = new Template[templates.length - 1];
            System.arraycopy(templates, 0, fewer, 0, index);
            System.arraycopy(templates, index + 1, fewer, index, fewer.length - index);
            templates = fewer;
        }
    }

    /// Forgets a template that the exporter withdrew (RFC 7011, section 8.1).
    void withdraw(int id) {
        remove(id);
        memory.remove(memoryKey(Integer.toString(key.port), id));
        byte[] shared = memory.get(memoryKey("*", id));
        if (shared != null
                && shared.length > 4
                && FlowBytes.unsigned32(shared, 0) == Integer.toUnsignedLong(key.port)) {
            memory.remove(memoryKey("*", id));
        }
    }

    /// Forgets all templates of a kind that the exporter withdrew.
    void withdrawAll(boolean options) {
        for (Template template : templates) {
            if (template.options() == options) {
                withdraw(template.id());
            }
        }
    }

    /// Compares a running number with the one that was expected.
    ///
    /// @param step how much the next one will be greater, -1 when that is not known
    /// @return how many are missing before it
    long missing(long sequence, long step) {
        long missing = nextSequence < 0 ? 0 : (sequence - nextSequence) & 0xFFFFFFFFL;
        nextSequence = step < 0 ? -1 : (sequence + step) & 0xFFFFFFFFL;
        // A number that lies far back is that of an exporter that began anew, or of a packet that was overtaken.
        return missing < 1 << 20 ? missing : 0;
    }

    /// Learns from a record about the exporter.
    void learnOptions(Template template, byte[] bytes, int from) {
        long sampler = ANY_SAMPLER;
        long interval = 0;
        long space = -1;
        long packets = 0;
        long application = -1;
        long enterprise = 0;
        long number = -1;
        long type = -1;
        String elementName = "";
        byte[] applicationName = null;
        int at = from;
        for (int i = 0; i < template.fields(); i++) {
            int start = template.valueStart(bytes, at, i);
            int length = template.valueLength(bytes, at, i);
            InformationElement element = template.element(i);
            long value = length <= 8 ? FlowBytes.unsigned(bytes, start, length) : -1;
            if (element.enterprise() == 0) {
                switch (element.number()) {
                    case 34, 50 -> interval = value;
                    case 48, 302 -> sampler = value;
                    case 95 -> application = applicationKey(bytes, start, length);
                    case 96 -> applicationName = text(bytes, start, length);
                    case 160 -> bootMillis = value;
                    case 303 -> number = value;
                    case 305 -> packets = value;
                    case 306 -> space = value;
                    case 339 -> type = value;
                    case 341 -> elementName = new String(text(bytes, start, length), UTF_8);
                    case 346 -> enterprise = value;
                    default -> {}
                }
            }
            at = start + length;
        }
        if (packets > 0 && space >= 0) {
            interval = (packets + space) / packets;
        }
        if (interval > 0 && samplers.size() < MAXIMUM_SAMPLERS) {
            samplers.put(sampler, interval);
        }
        if (application >= 0
                && applicationName != null
                && applicationName.length > 0
                && applications.size() < MAXIMUM_APPLICATIONS) {
            applications.put(application, applicationName);
        }
        if (number >= 0 && declared.add(enterprise, number & 0x7FFF, elementName, type)) {
            relabel();
        }
    }

    private static byte[] text(byte[] bytes, int from, int length) {
        int end = from;
        while (end < from + length && bytes[end] != 0) {
            end++;
        }
        return Arrays.copyOfRange(bytes, from, end);
    }

    /// Gives elements of known templates the names that came to be known.
    private void relabel() {
        for (int i = 0; i < templates.length; i++) {
            Template old = templates[i];
            for (int field = 0; field < old.fields(); field++) {
                InformationElement element = old.element(field);
                if (element.type() == ElementType.UNKNOWN
                        && declared.get(element.enterprise(), element.number()) != null) {
                    Template named = Template.of(old.id(), old.toBytes(), declared);
                    templates[i] = named == null ? old : named;
                    break;
                }
            }
        }
    }

    /// One flow in how many was counted, 0 when the exporter did not say.
    ///
    /// @param sampler number of the sampler, -1 when the flow names none
    public long samplingInterval(long sampler) {
        if (samplers.isEmpty()) {
            return 0;
        }
        Long interval = samplers.get(sampler);
        return interval == null ? 0 : interval;
    }

    /// A number for an application, made of all bytes of its identifier.
    public static long applicationKey(byte[] bytes, int from, int length) {
        long key = 17;
        for (int i = from; i < from + length; i++) {
            key = key * 257 + (bytes[i] & 0xFF);
        }
        return key & Long.MAX_VALUE;
    }

    /// Name of an application, null when the exporter did not say.
    ///
    /// @param id what [#applicationKey] gave
    public byte @Nullable [] application(long id) {
        return applications.isEmpty() ? null : applications.get(id);
    }

    /// When the exporter was started, milliseconds since the epoch; -1 when it did not say.
    public long bootMillis() {
        return bootMillis;
    }
}
