/// Alerts: correlation hits come in once each, analysts work on what they add up to.
@NullMarked
package io.tocsin.core.alert;

import org.jspecify.annotations.NullMarked;
