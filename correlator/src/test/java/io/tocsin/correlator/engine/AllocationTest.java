package io.tocsin.correlator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final String RULES = """
        title: words
        id: words
        logsource: {product: test}
        detection: {keywords: [mimikatz, 'sekurlsa::logonpasswords', xyz], condition: keywords}
        ---
        title: tools
        id: tools
        logsource: {product: test}
        detection:
          selection:
            Image|endswith: ['\\whoami.exe', '\\net.exe']
            CommandLine|contains: [' /all', ' user ']
          filter: {User|startswith: 'NT AUTHORITY'}
          condition: selection and not filter
        ---
        title: shape
        id: shape
        logsource: {product: test}
        detection: {selection: {CommandLine|re: 'po[a-z]+shell +-e'}, condition: selection}
        ---
        title: many
        id: many
        correlation: {type: event_count, rules: [tools], group-by: [User], timespan: 5m, condition: {gte: 3}}
        """;

    /// Events that are nearly found: many tests are true, no rule is.
    private static EventBatch batch() {
        EventBatch batch = new EventBatch();
        for (int i = 0; i < 256; i++) {
            EventBuilder event = batch.builder();
            event.begin(EntryOrigin.local("test", "test", ""), 1, i, 1_000_000_000L + i, 0, new byte[0], 0, 0);
            add(event, "Image", i % 2 == 0 ? "C:\\Windows\\System32\\WHOAMI.exe" : "C:\\Windows\\explorer.exe");
            add(event, "CommandLine", "powershell -noprofile run number " + i + " of many /al");
            add(event, "User", i % 3 == 0 ? "NT AUTHORITY\\SYSTEM" : "host\\user" + i);
            event.commit();
        }
        return batch;
    }

    private static void add(EventBuilder event, String name, String value) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        int keyAt = event.append(key, 0, key.length);
        event.addDynamicSpan(DynamicKind.EXTRA, keyAt, key.length, event.append(text, 0, text.length), text.length);
    }

    @Test
    void makesNoObjectForAnEventThatNoRuleWants() {
        LoadedRules loaded = RuleLoader.read("rules", RULES, SigmaTaxonomy.raw());
        assertThat(loaded.failures()).isEmpty();
        Engine engine = new Engine(loaded.ruleSet(), Engine.Mode.STREAM);
        Correlations out = new Correlations();
        EventBatch batch = batch();
        engine.process(batch, out);
        assertThat(ManagementFactory.getThreadMXBean()).isInstanceOf(com.sun.management.ThreadMXBean.class);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeThat(threads.isThreadAllocatedMemoryEnabled())
                .as("this machine counts what threads allocate")
                .isTrue();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20; i++) {
                engine.process(batch, out);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(out.isEmpty()).isTrue();
        // 5,120 events: one object for each would be 80 KB and more.
        assertThat(least).isLessThan(1_024);
    }
}
