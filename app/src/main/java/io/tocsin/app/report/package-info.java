/// Measures what the shipped normalizers make of data that nobody of this project wrote, case by case.
@NullMarked
package io.tocsin.app.report;

import org.jspecify.annotations.NullMarked;
