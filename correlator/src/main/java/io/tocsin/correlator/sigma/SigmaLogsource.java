package io.tocsin.correlator.sigma;

/// Where the events of a rule come from; parts that the rule leaves out are empty.
public record SigmaLogsource(String category, String product, String service) {
    @Override
    public String toString() {
        return "category=" + category + ", product=" + product + ", service=" + service;
    }
}
