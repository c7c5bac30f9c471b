package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.EntryOrigin;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class TopicTemplateTest {
    private static final EntryOrigin ORIGIN =
            new EntryOrigin("", "edge", "tcp", "fe80::1%eth0", 40000, "192.0.2.7", 1522, "");

    private static String name(String template) {
        return Objects.requireNonNull(TopicTemplate.parse(template)).of(ORIGIN);
    }

    @Test
    void fillsInWhereAnEventEnteredAndNeverMakesANameThatBrokersRefuse() {
        assertThat(name("events")).isEqualTo("events");
        assertThat(name("in-{localPort}.{service}")).isEqualTo("in-1522.edge");
        assertThat(name("{tenant}-{connector}")).isEqualTo("none-tcp");
        assertThat(name("from-{source}")).isEqualTo("from-fe80__1_eth0");
    }

    @Test
    void tellsWhichTopicsItFills() {
        for (String template : new String[] {"in-{localPort}.{service}", "{tenant}-{connector}", "from-{source}"}) {
            String pattern =
                    Objects.requireNonNull(TopicTemplate.parse(template)).pattern();
            assertThat(name(template)).matches(pattern);
            assertThat("other").doesNotMatch(pattern);
        }
        assertThat("in-1522xedge")
                .doesNotMatch(Objects.requireNonNull(TopicTemplate.parse("in-{localPort}.{service}"))
                        .pattern());
    }

    @Test
    void refusesWhatIsNoName() {
        for (String wrong : new String[] {"", ".", "..", "a b", "{port}", "{localPort", "x}", "ü", "a".repeat(250)}) {
            assertThat(TopicTemplate.parse(wrong)).as(wrong).isNull();
        }
    }
}
