/// Adds to events what they do not say themselves: constants, rows of dictionaries and tables, places of addresses,
/// names from name servers and directories, and what threat lists know. One file for each kind and one line in
/// [io.tocsin.pipeline.enrich.Enrichments].
@NullMarked
package io.tocsin.pipeline.enrich;

import org.jspecify.annotations.NullMarked;
