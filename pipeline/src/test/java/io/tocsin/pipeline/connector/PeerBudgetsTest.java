package io.tocsin.pipeline.connector;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.connector.framing.BufferBudget;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class PeerBudgetsTest {
    private final PeerBudgets budgets = new PeerBudgets(800);
    private final InetAddress greedy = address(1);
    private final InetAddress other = address(2);

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void leavesSomethingForOthersWhateverOnePeerTakes() {
        BufferBudget first = budgets.begin(greedy);
        BufferBudget second = budgets.begin(greedy);
        assertThat(first.take(600)).isTrue();
        assertThat(second.take(100)).isTrue();
        assertThat(second.take(1)).isFalse();
        assertThat(second.isShort()).isTrue();
        BufferBudget next = budgets.begin(other);
        assertThat(next.isShort()).as("shortness is the greedy peer's own").isFalse();
        assertThat(next.take(100)).isTrue();
    }

    @Test
    void isShortForEveryoneWhenNothingIsLeft() {
        BufferBudget first = budgets.begin(greedy);
        BufferBudget second = budgets.begin(other);
        assertThat(first.take(500)).isTrue();
        assertThat(second.take(400)).isFalse();
        assertThat(second.usedBytes()).isZero();
        assertThat(first.isShort()).isTrue();
        first.giveBack(500);
        assertThat(second.take(700)).isTrue();
    }

    @Test
    void aPeerThatComesBackFindsItsShareWhole() {
        BufferBudget first = budgets.begin(greedy);
        assertThat(first.take(700)).isTrue();
        BufferBudget second = budgets.begin(greedy);
        first.giveBack(700);
        budgets.end(greedy);
        assertThat(second).isSameAs(first);
        budgets.end(greedy);
        assertThat(budgets.begin(greedy).take(700)).isTrue();
    }
}
