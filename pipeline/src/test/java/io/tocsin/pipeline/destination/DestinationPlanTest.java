package io.tocsin.pipeline.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.InvalidConfigException;
import java.util.List;
import org.junit.jupiter.api.Test;

class DestinationPlanTest {
    @Test
    void kindsAreSortedAndHaveDifferentSentences() {
        List<String> ids = Destinations.ALL.stream().map(ComponentSpec::id).toList();
        assertThat(ids).isSorted().doesNotHaveDuplicates();
        assertThat(Destinations.ALL.stream().map(ComponentSpec::sentence)).doesNotHaveDuplicates();
    }

    @Test
    void everyKindKnowsItsOwnId() {
        DestinationPlan plan = NumberedEvents.plan("siem", "{ type: tcp, urls: \"127.0.0.1:5140\" }");
        assertThat(plan.config().type()).isEqualTo("tcp");
        assertThat(plan.config().settings().type()).isEqualTo("tcp");
    }

    @Test
    void refusesNamesThatAreNoFileNames() {
        assertThatThrownBy(() -> NumberedEvents.plan("SIEM", "{ type: tcp, urls: \"127.0.0.1:5140\" }"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("a destination needs a name");
    }

    @Test
    void refusesABatchThatIsLargerThanTheBuffer() {
        assertThatThrownBy(() -> NumberedEvents.plan(
                        "siem", "{ type: tcp, urls: \"127.0.0.1:5140\", buffer: 64KiB, batch: 1MiB }"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("a batch must fit into the buffer");
    }

    @Test
    void refusesADestinationWithoutPeers() {
        assertThatThrownBy(() -> NumberedEvents.plan("siem", "{ type: tcp, urls: [] }"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("a destination needs a peer");
    }

    @Test
    void filterMayBeOneOrSeveral() {
        assertThat(NumberedEvents.plan(
                                "siem",
                                "{ type: tcp, urls: \"127.0.0.1:5140\", filter: { drop: \"EntryAddress inSubnet"
                                        + " '10.0.0.0/8'\" } }")
                        .filters())
                .hasSize(1);
        assertThat(NumberedEvents.plan(
                                "siem",
                                "{ type: tcp, urls: \"127.0.0.1:5140\", filter: [ { keep: \"Type = 1\" }, { drop:"
                                        + " \"Type = 2\" } ] }")
                        .filters())
                .hasSize(2);
    }
}
