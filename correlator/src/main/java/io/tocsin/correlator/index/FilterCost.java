package io.tocsin.correlator.index;

/// Hears how long a filter took for an event.
@FunctionalInterface
public interface FilterCost {
    void took(int filter, long nanos);
}
