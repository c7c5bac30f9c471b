package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Whose memory it is that the keys of all rules take, and who pays when it is too much.
class MemoryAccountTest {
    private final Told told = new Told();
    private long number;

    private static RuleWindows rule() {
        return new RuleWindows(new WindowSettings(1_000_000, 100, new int[] {3}, false, false, 5, 100_000));
    }

    private void keys(RuleWindows windows, String tenant, int count) {
        for (int i = 0; i < count; i++) {
            number++;
            Occurrence occurrence = new Occurrence(number, 1, number, 1, null, new byte[0]);
            windows.add(new WindowKey(1, number, 0), tenant, occurrence, 0, 0, 0, told);
        }
    }

    private long bytesOfAKey() {
        RuleWindows windows = rule();
        keys(windows, "", 1);
        return windows.bytes();
    }

    @Test
    void addsUpWhatAllRulesHoldByTenant() {
        long key = bytesOfAKey();
        MemoryAccount account = new MemoryAccount();
        RuleWindows before = rule();
        keys(before, "a", 2);
        before.accountTo(account);
        RuleWindows one = rule();
        one.accountTo(account);
        keys(one, "a", 3);
        keys(one, "b", 4);
        assertThat(account.bytes()).isEqualTo(9 * key);
        assertThat(account.byTenant()).isEqualTo(Map.of("a", 5 * key, "b", 4 * key));
        assertThat(account.of("b").bytes()).isEqualTo(4 * key);
        assertThat(account.of("b").name()).isEqualTo("b");
        one.shed("b");
        assertThat(account.byTenant()).isEqualTo(Map.of("a", 5 * key, "b", 3 * key));
        assertThat(account.evictedByTenant()).isEqualTo(Map.of("b", 1L));
        one.finish(told);
        before.finish(told);
        assertThat(account.bytes()).isZero();
        assertThat(account.byTenant()).isEmpty();
        assertThat(account.isOver()).isFalse();
    }

    @Test
    void takesFromTheLargestRuleOfTheTenantThatHoldsMostForItsShare() {
        long key = bytesOfAKey();
        MemoryAccount account = new MemoryAccount();
        RuleWindows small = rule();
        RuleWindows large = rule();
        List<RuleWindows> rules = List.of(small, large);
        rules.forEach(each -> each.accountTo(account));
        keys(small, "half", 4);
        keys(large, "half", 6);
        keys(large, "full", 15);
        assertThat(account.isOver()).isFalse();
        // Of ten keys for half of a share it holds more than one of fifteen for a whole one.
        account.limit(24 * key, new TenantShares(1, Map.of("half", 0.5)));
        assertThat(account.isOver()).isTrue();
        account.settle(rules);
        assertThat(account.isOver()).isFalse();
        assertThat(account.byTenant()).isEqualTo(Map.of("half", 9 * key, "full", 15 * key));
        assertThat(large.bytes("half")).isEqualTo(5 * key);
        assertThat(small.bytes("half")).isEqualTo(4 * key);
        account.limit(14 * key, new TenantShares(1, Map.of("half", 0.5)));
        account.settle(rules);
        assertThat(account.bytes()).isEqualTo(14 * key);
        assertThat(account.byTenant().get("half")).isEqualTo(5 * key);
        assertThat(account.evictedByTenant()).isEqualTo(Map.of("half", 5L, "full", 6L));
    }

    @Test
    void boundsATenantThoughThereIsRoomForAll() {
        long key = bytesOfAKey();
        MemoryAccount account = new MemoryAccount();
        account.limit(100 * key, new TenantShares(0.1, Map.of("large", 1.0)));
        RuleWindows rule = rule();
        rule.accountTo(account);
        keys(rule, "large", 20);
        keys(rule, "small", 10);
        assertThat(account.isOver()).isTrue();
        account.settle(List.of(rule));
        assertThat(account.byTenant()).isEqualTo(Map.of("large", 20 * key, "small", 10 * key));
        assertThat(account.isOver()).isFalse();
        keys(rule, "small", 1);
        assertThat(account.isOver()).isTrue();
        account.settle(List.of(rule));
        assertThat(account.byTenant()).isEqualTo(Map.of("large", 20 * key, "small", 10 * key));
    }

    @Test
    void letsTablesTakeRoomFromKeysAndGivesUpWhenThereIsNoneLeft() {
        long key = bytesOfAKey();
        MemoryAccount account = new MemoryAccount();
        RuleWindows rule = rule();
        rule.accountTo(account);
        account.limit(10 * key, TenantShares.ALL);
        account.settle(List.of(rule));
        keys(rule, "a", 4);
        account.tables(6 * key);
        assertThat(account.tableBytes()).isEqualTo(6 * key);
        assertThat(account.isOver()).isFalse();
        account.tables(6 * key + 1);
        assertThat(account.isOver()).isTrue();
        account.settle(List.of(rule));
        assertThat(account.bytes()).isEqualTo(3 * key);
        account.tables(11 * key);
        account.settle(List.of(rule));
        assertThat(account.bytes()).isZero();
        assertThat(account.isOver()).isTrue();
    }

    @Test
    void takesFromTheFirstByNameOfTenantsThatHoldTheSame() {
        long key = bytesOfAKey();
        for (List<String> order : List.of(List.of("a", "b", "c"), List.of("c", "b", "a"), List.of("b", "a", "c"))) {
            MemoryAccount account = new MemoryAccount();
            RuleWindows rule = rule();
            rule.accountTo(account);
            order.forEach(tenant -> keys(rule, tenant, 3));
            account.limit(8 * key, TenantShares.ALL);
            account.settle(List.of(rule));
            assertThat(account.evictedByTenant()).isEqualTo(Map.of("a", 1L));
        }
    }

    @Test
    void tellsAThousandTenantsApartAsLongAsTheyHoldSomething() {
        long key = bytesOfAKey();
        MemoryAccount account = new MemoryAccount();
        RuleWindows rule = rule();
        rule.accountTo(account);
        for (int i = 0; i < MemoryAccount.MAXIMUM_TENANTS; i++) {
            keys(rule, "t" + i, 1);
        }
        keys(rule, "late", 2);
        keys(rule, "later", 1);
        assertThat(account.byTenant())
                .hasSize(MemoryAccount.MAXIMUM_TENANTS + 1)
                .containsEntry(MemoryAccount.OTHERS, 3 * key)
                .doesNotContainKey("late");
        rule.shed("t7");
        rule.shed("t8");
        keys(rule, "latest", 1);
        keys(rule, "last", 1);
        assertThat(account.byTenant())
                .containsEntry("latest", key)
                .doesNotContainKey("t7")
                .containsEntry(MemoryAccount.OTHERS, 4 * key);
        for (int i = 0; i < MemoryAccount.MAXIMUM_TENANTS; i++) {
            account.evicted("gone" + i);
        }
        assertThat(account.evictedByTenant())
                .hasSize(MemoryAccount.MAXIMUM_TENANTS + 1)
                .containsEntry("gone997", 1L)
                .containsEntry(MemoryAccount.OTHERS, 2L);
        account.evicted("gone997");
        assertThat(account.evictedByTenant()).containsEntry("gone997", 2L);
    }

    @Test
    void refusesSharesThatAreNone() {
        assertThat(new TenantShares(1, Map.of("a", 0.25)).of("a")).isEqualTo(0.25);
        assertThat(new TenantShares(0.5, Map.of("a", 0.25)).of("b")).isEqualTo(0.5);
        for (double none : new double[] {0, -1, 1.01, Double.NaN}) {
            assertThatThrownBy(() -> new TenantShares(none, Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("share=");
            assertThatThrownBy(() -> new TenantShares(1, Map.of("a", none)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
