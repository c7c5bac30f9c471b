/// The event balance: what came in against what was stored, dropped for a reason or is still on its way.
@NullMarked
package io.tocsin.core.ledger;

import org.jspecify.annotations.NullMarked;
