@NullMarked
package io.tocsin.pipeline.connector.beats;

import org.jspecify.annotations.NullMarked;
