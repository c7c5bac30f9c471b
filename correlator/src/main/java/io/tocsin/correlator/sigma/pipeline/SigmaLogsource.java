package io.tocsin.correlator.sigma.pipeline;

/// Where the events of a rule come from; parts that the rule leaves out are empty.
public record SigmaLogsource(String category, String product, String service) {
    /// Anywhere.
    public static final SigmaLogsource ANY = new SigmaLogsource("", "", "");

    /// True when the other one says at least what this one says.
    public boolean covers(SigmaLogsource other) {
        return (category.isEmpty() || category.equals(other.category))
                && (product.isEmpty() || product.equals(other.product))
                && (service.isEmpty() || service.equals(other.service));
    }

    @Override
    public String toString() {
        return "category=" + category + ", product=" + product + ", service=" + service;
    }
}
