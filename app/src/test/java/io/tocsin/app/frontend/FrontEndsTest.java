package io.tocsin.app.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class FrontEndsTest {
    private static final List<Peer> THREE =
            List.of(new Peer("a", 5140), new Peer("b", 5140), new Peer("10.0.0.3", 5140));

    private static FrontEndPlan plan(List<Peer> collectors, boolean udp, boolean proxyProtocol) {
        return new FrontEndPlan(
                collectors,
                new Peer("a", 5140),
                udp,
                proxyProtocol,
                30,
                null,
                "10.0.0.10/24",
                "eth0",
                100,
                "/opt/tocsin/tocsin check-listeners",
                "/var/spool");
    }

    private static String configuration(String name, boolean udp, boolean proxyProtocol) {
        return FrontEnds.find(name).orElseThrow().configuration(plan(THREE, udp, proxyProtocol));
    }

    @Test
    void namesEveryCollectorInEveryConfiguration() {
        for (FrontEnd frontEnd : FrontEnds.ALL) {
            String text = frontEnd.configuration(plan(THREE, false, false));
            assertThat(text).as(frontEnd.name()).endsWith("\n").contains("10.0.0.3");
            assertThat(text.lines()).as(frontEnd.name()).anyMatch(line -> line.startsWith("#"));
        }
    }

    /// K6, rsyslog 3961, 146, 5616, 1110: with a queue on an action enqueueing always works, and the backup would
    /// never be chosen.
    @Test
    void rsyslog3961PutsTheQueueOfRsyslogOnTheRulesetAndNeverOnAnAction() {
        for (String grade : List.of("rsyslog-ruleset", "rsyslog-relp")) {
            String text = configuration(grade, false, false);
            assertThat(text.substring(text.indexOf("ruleset("), text.indexOf("action(")))
                    .contains("queue.type", "queue.filename");
            assertThat(text.substring(text.indexOf("action("))).doesNotContain("queue.");
            assertThat(text.split("execOnlyWhenPreviousIsSuspended", -1)).hasSize(THREE.size());
        }
        assertThat(configuration("rsyslog-legacy", false, false))
                .doesNotContain("Queue")
                .contains("*.* @@a:5140\n", "& @@b:5140\n");
    }

    /// rsyslog, preciseness: a chain gives up the batch in hand when an action fails, one action alone tries it
    /// again.
    @Test
    void rsyslogPrecisenessRisksNoMoreThanOneMessageWhenThereAreSeveralCollectors() {
        assertThat(configuration("rsyslog-ruleset", false, false)).contains("queue.dequeueBatchSize=\"1\"");
        FrontEnd relp = FrontEnds.find("rsyslog-relp").orElseThrow();
        assertThat(relp.configuration(plan(THREE, false, false))).contains("queue.dequeueBatchSize=\"1\"");
        assertThat(relp.configuration(plan(THREE.subList(0, 1), false, false)))
                .contains("queue.dequeueBatchSize=\"128\"")
                .contains("action.resumeRetryCount=\"-1\"");
    }

    @Test
    void makesOneCollectorWork() {
        for (FrontEnd frontEnd : FrontEnds.ALL) {
            String text = frontEnd.configuration(plan(List.of(new Peer("::1", 5140)), false, false));
            assertThat(text).as(frontEnd.name()).doesNotContain("Suspended", "failover", "unicast_peer");
        }
        assertThat(FrontEnds.find("nginx")
                        .orElseThrow()
                        .configuration(plan(List.of(new Peer("::1", 5140)), false, false)))
                .contains("server [::1]:5140 ");
    }

    @Test
    void tellsTheSendersAddressOnlyWhenAsked() {
        assertThat(configuration("nginx", true, true)).contains("proxy_protocol on;", "proxy_responses 0;", "udp;");
        assertThat(configuration("nginx", true, true).split(" udp;", 2)[1])
                .contains("proxy_protocol on;", "proxy_requests 1;");
        assertThat(configuration("nginx", false, false)).doesNotContain("proxy_protocol", "udp");
        assertThat(configuration("haproxy", false, true)).contains("send-proxy-v2");
        assertThat(configuration("haproxy", false, false)).doesNotContain("send-proxy");
    }

    @Test
    void refusesWhatAProgramCannotDo() {
        assertThatThrownBy(() -> configuration("haproxy", true, false)).hasMessageContaining("datagrams");
        FrontEnd syslogNg = FrontEnds.find("syslog-ng").orElseThrow();
        assertThatThrownBy(() ->
                        syslogNg.configuration(plan(List.of(new Peer("a", 1), new Peer("b", 2)), false, false)))
                .hasMessageContaining("one port");
        assertThatThrownBy(() -> plan(List.of(), false, false)).hasMessageContaining("--collector");
    }

    @Test
    void readsAddressesAsPeopleWriteThem() {
        assertThat(Peer.parse("a", 5140)).isEqualTo(new Peer("a", 5140));
        assertThat(Peer.parse("a:1", 5140)).isEqualTo(new Peer("a", 1));
        assertThat(Peer.parse("[::1]:1", 5140)).isEqualTo(new Peer("::1", 1));
        assertThat(Peer.parse("::1", 5140)).isEqualTo(new Peer("::1", 5140));
        assertThat(Peer.parse("[::1]", 5140).toString()).isEqualTo("[::1]:5140");
        for (String wrong : List.of("", "a:x", "a:0", "a:70000", "a b:1", "a\";:1")) {
            assertThatThrownBy(() -> Peer.parse(wrong, 5140)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(Objects.requireNonNull(FrontEndPlan.label(1))).isEqualTo("collector-b");
    }
}
