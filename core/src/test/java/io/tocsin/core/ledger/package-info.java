/// Tests of the event balance.
@NullMarked
package io.tocsin.core.ledger;

import org.jspecify.annotations.NullMarked;
