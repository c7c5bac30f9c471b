@org.jspecify.annotations.NullMarked
package io.tocsin.correlator.function;
