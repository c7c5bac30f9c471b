package io.tocsin.pipeline.enrich.geo;

/// A database does not keep to its format.
public final class DamagedDatabaseException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DamagedDatabaseException(String message) {
        super(message);
    }
}
