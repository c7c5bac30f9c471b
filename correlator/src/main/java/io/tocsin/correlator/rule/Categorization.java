package io.tocsin.correlator.rule;

import io.tocsin.expression.FieldReference;

/// An asset that is put into a category, or taken out of it. The correlation event says so; whoever keeps the assets
/// does it.
///
/// @param asset field that names the asset
/// @param category path of the category, such as `compromised/workstations`
/// @param add false when the asset is taken out
public record Categorization(FieldReference asset, String category, boolean add) {}
