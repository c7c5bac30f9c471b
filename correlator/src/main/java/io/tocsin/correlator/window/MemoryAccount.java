package io.tocsin.correlator.window;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// About how much memory the keys of all rules take together, and how much of it is whose. It follows
/// from what they hold, so it is the same after a restart.
///
/// Tenants are told apart as long as they hold something, at most [#MAXIMUM_TENANTS] at a time; those
/// beyond are one together, whose name is [#OTHERS].
///
/// Thread-safety: one thread.
public final class MemoryAccount {
    /// Most tenants that are told apart at a time.
    public static final int MAXIMUM_TENANTS = 1_000;
    /// Name of the tenants that are not told apart. No field has such a value: it ends with a zero
    /// byte.
    public static final String OTHERS = "others\0";

    private final Map<String, Tenant> tenants = new HashMap<>();
    private final Map<String, Long> evicted = new TreeMap<>();
    private long bytes;
    private long tableBytes;
    private long limitBytes = Long.MAX_VALUE;
    private TenantShares shares = TenantShares.ALL;
    /// True when a tenant came to hold more than its share since [#settle].
    private boolean anyoneOver;
    /// Tenants that hold nothing and are still there.
    private int idle;

    /// The part of one tenant.
    ///
    /// Thread-safety: one thread.
    public final class Tenant {
        private final String name;
        private long held;
        private long mayHold;

        private Tenant(String name) {
            this.name = name;
            mayHold = mayHold(name);
        }

        public String name() {
            return name;
        }

        public long bytes() {
            return held;
        }

        void add(long change) {
            idle -= held == 0 ? 1 : 0;
            held += change;
            bytes += change;
            idle += held == 0 ? 1 : 0;
            anyoneOver |= held > mayHold;
        }
    }

    public MemoryAccount() {}

    /// Bounds what all may take, and what each tenant may take of it.
    public void limit(long allBytes, TenantShares each) {
        limitBytes = allBytes;
        shares = each;
        anyoneOver = true;
        tenants.values().forEach(tenant -> tenant.mayHold = mayHold(tenant.name));
    }

    private long mayHold(String tenant) {
        double share = shares.of(tenant);
        return share == 1 ? limitBytes : (long) (share * limitBytes);
    }

    /// Says how much the tables of the rules take: they are nobody's, and leave less for keys.
    public void tables(long now) {
        tableBytes = now;
    }

    /// True when all together, or a tenant, may hold more than is allowed.
    public boolean isOver() {
        return anyoneOver || bytes + tableBytes > limitBytes;
    }

    /// Forgets keys until nobody holds more than is allowed. The tenant that holds most for each byte
    /// of its share pays, with the oldest keys of the rule in which it holds most.
    ///
    /// @param rules all that this account adds up
    public void settle(List<RuleWindows> rules) {
        anyoneOver = false;
        while (true) {
            Tenant payer = greediest();
            if (payer == null || (payer.held <= payer.mayHold && bytes + tableBytes <= limitBytes)) {
                return;
            }
            RuleWindows largest = null;
            for (RuleWindows each : rules) {
                if (largest == null || each.bytes(payer.name) > largest.bytes(payer.name)) {
                    largest = each;
                }
            }
            if (largest == null || largest.shed(payer.name) == 0) {
                return;
            }
        }
    }

    /// The account of a tenant, or the common one of those that are not told apart.
    Tenant of(String name) {
        Tenant known = tenants.get(name);
        if (known != null) {
            return known;
        }
        if (tenants.size() >= MAXIMUM_TENANTS && idle > 0) {
            tenants.values().removeIf(each -> each.held == 0);
            idle = 0;
        }
        String told = tenants.size() < MAXIMUM_TENANTS ? name : OTHERS;
        Tenant others = tenants.get(told);
        if (others == null) {
            others = new Tenant(told);
            tenants.put(told, others);
            idle++;
        }
        return others;
    }

    void evicted(String tenant) {
        String told = evicted.size() < MAXIMUM_TENANTS || evicted.containsKey(tenant) ? tenant : OTHERS;
        evicted.merge(told, 1L, Long::sum);
    }

    /// Bytes of the keys of all tenants.
    public long bytes() {
        return bytes;
    }

    /// Bytes of tables.
    public long tableBytes() {
        return tableBytes;
    }

    /// Bytes of each tenant that holds something.
    public Map<String, Long> byTenant() {
        Map<String, Long> held = new TreeMap<>();
        tenants.forEach((name, tenant) -> {
            if (tenant.held != 0) {
                held.put(name, tenant.held);
            }
        });
        return held;
    }

    /// Keys that were forgotten before their time since the start of the process, by the tenant whose
    /// they were.
    public Map<String, Long> evictedByTenant() {
        return Map.copyOf(evicted);
    }

    /// The tenant that holds most for each byte of its share, null when nobody holds anything.
    private @Nullable Tenant greediest() {
        Tenant greediest = null;
        double most = 0;
        for (Tenant each : tenants.values()) {
            double weight = each.held / shares.of(each.name);
            // Of equal ones always the same, whatever the order of the map.
            if (weight > most || (weight == most && greediest != null && each.name.compareTo(greediest.name) < 0)) {
                greediest = each;
                most = weight;
            }
        }
        return greediest;
    }
}
