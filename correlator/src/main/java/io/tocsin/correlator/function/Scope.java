package io.tocsin.correlator.function;

import io.tocsin.expression.FieldReference;
import java.util.List;

/// What an expression sees while it is evaluated.
public interface Scope {
    /// The values of a field or variable as texts; none when it is absent.
    List<String> values(FieldReference field);

    /// Active lists, context tables, dictionaries and tables.
    TableReader tables();

    /// Time of the event, milliseconds since the epoch: the only clock there is.
    long nowMillis();

    /// Counts input that a function could make nothing of.
    void failed();
}
