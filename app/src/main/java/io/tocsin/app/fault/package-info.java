/// `tocsin bench faults`: breaks a running installation on purpose and counts, by numbered events, whether anything
/// that was acknowledged is missing or stored twice. A new way of breaking is a file here and a line in
/// [io.tocsin.app.fault.FaultScenarios].
@NullMarked
package io.tocsin.app.fault;

import org.jspecify.annotations.NullMarked;
