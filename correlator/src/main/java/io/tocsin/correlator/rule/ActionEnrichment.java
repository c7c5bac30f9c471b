package io.tocsin.correlator.rule;

import io.tocsin.correlator.function.Expression;
import io.tocsin.expression.FieldReference;

/// A value that is put into a field of a correlation event. An empty value leaves the field as it is.
public record ActionEnrichment(FieldReference field, Expression value) {}
