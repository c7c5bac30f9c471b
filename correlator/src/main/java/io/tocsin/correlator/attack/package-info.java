/// The techniques and tactics of MITRE ATT&CK that rules name. Identifiers and names only; the table says which version
/// it follows. Layers for the ATT&CK Navigator are made from it.
@NullMarked
package io.tocsin.correlator.attack;

import org.jspecify.annotations.NullMarked;
