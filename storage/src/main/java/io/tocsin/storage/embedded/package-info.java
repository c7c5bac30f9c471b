/// The ClickHouse engine inside this process. The only package that knows the native library: everything else
/// speaks to [io.tocsin.storage.embedded.Engine] and [io.tocsin.storage.embedded.Session] in SQL and bytes. Every
/// native resource is counted, so a test can prove that all of them were given back.
@NullMarked
package io.tocsin.storage.embedded;

import org.jspecify.annotations.NullMarked;
