/// The services of this installation: their state now and their figures over the last two hours.
@NullMarked
package io.tocsin.core.service;

import org.jspecify.annotations.NullMarked;
