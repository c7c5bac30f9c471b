/// Folds many events that are alike into one: how many, from when to when, with sums and the distinct values of chosen
/// fields. Deterministic: the same events with the same times give the same aggregates.
@NullMarked
package io.tocsin.pipeline.aggregate;

import org.jspecify.annotations.NullMarked;
