/// Reference data that stages look values up in: dictionaries and tables with their files. Everything here is
/// read by a key and replaced as a whole when its file changes; nothing is written to events here.
@NullMarked
package io.tocsin.pipeline.reference;

import org.jspecify.annotations.NullMarked;
