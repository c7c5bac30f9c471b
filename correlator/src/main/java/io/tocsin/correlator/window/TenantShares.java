package io.tocsin.correlator.window;

import java.util.Map;

/// How much of the memory for keys a tenant may take, from 0 (exclusive) to 1.
///
/// @param each of a tenant that is not named; 1 lets one tenant take all that no other needs
/// @param named shares of single tenants
public record TenantShares(double each, Map<String, Double> named) {
    /// Nobody is bounded but by what all may take together.
    public static final TenantShares ALL = new TenantShares(1, Map.of());

    public TenantShares {
        named = Map.copyOf(named);
        check(each);
        named.values().forEach(TenantShares::check);
    }

    private static void check(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "the share of a tenant is more than 0 and at most 1 [share=" + share + "]");
        }
    }

    public double of(String tenant) {
        return named.getOrDefault(tenant, each);
    }
}
