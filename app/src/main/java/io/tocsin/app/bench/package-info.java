/// Load and measurement for `tocsin bench`: whole processes beside their peers, in one run, as ratios.
@NullMarked
package io.tocsin.app.bench;

import org.jspecify.annotations.NullMarked;
