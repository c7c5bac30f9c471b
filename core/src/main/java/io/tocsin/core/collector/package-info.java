/// The collectors: what each of their stages did, and how well they understand each of their sources.
@NullMarked
package io.tocsin.core.collector;

import org.jspecify.annotations.NullMarked;
