/// Responses: what is done by itself when a rule fires. Decided in the transaction that takes a finding, queued in the
/// database, run by kinds of [io.tocsin.core.response.ResponseAction], audited.
@NullMarked
package io.tocsin.core.response;

import org.jspecify.annotations.NullMarked;
