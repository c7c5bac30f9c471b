/// Takes apart the export packets of flow exporters: NetFlow 5 and 9, IPFIX, sFlow 5. Knows packets, templates and
/// information elements; what becomes of them in an event is up to the format above.
@NullMarked
package io.tocsin.pipeline.normalizer.flow;

import org.jspecify.annotations.NullMarked;
