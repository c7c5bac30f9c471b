/// Failures with a number: every error that leaves a part of the product carries an [io.tocsin.error.ErrorCode],
/// which says whose business it is and whether trying again can help. Messages are for people and are never matched
/// by text.
@NullMarked
package io.tocsin.error;

import org.jspecify.annotations.NullMarked;
