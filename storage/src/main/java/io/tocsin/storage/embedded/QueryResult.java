package io.tocsin.storage.embedded;

import java.nio.charset.StandardCharsets;

/// The whole answer of a statement.
///
/// @param bytes the rows in the format that was asked for
/// @param rowsRead rows read from tables
/// @param bytesRead uncompressed bytes read from tables
@SuppressWarnings("ArrayRecordComponent") // compared nowhere; a copy of a large answer would cost
public record QueryResult(byte[] bytes, long rowsRead, long bytesRead) {
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
