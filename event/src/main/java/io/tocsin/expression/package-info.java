/// The condition language: a text or a YAML tree says which events are meant, and compiles to a predicate that
/// reads the bytes of an event. [io.tocsin.expression.Condition] is the tree,
/// [io.tocsin.expression.CompiledCondition] the predicate.
@NullMarked
package io.tocsin.expression;

import org.jspecify.annotations.NullMarked;
