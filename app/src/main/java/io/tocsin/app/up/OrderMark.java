package io.tocsin.app.up;

import io.tocsin.correlator.table.SharingStep;
import io.tocsin.file.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/// The mark that stood last in the order of changes, in a file: at each start there is a new one, which says what the
/// one before was. Who reads the order and knows another one before was not told everything.
final class OrderMark {
    private OrderMark() {}

    /// Makes the next mark and keeps it. It is durable before anybody can read it: a mark that nobody ever read makes
    /// all correlators ask for what they have, and costs nothing else.
    static SharingStep.Mark next(Path file) throws IOException {
        SecureRandom random = new SecureRandom();
        long before = Files.exists(file) ? read(file, random.nextLong()) : 0;
        long id = random.nextLong();
        Files.createDirectories(file.toAbsolutePath().getParent());
        DurableFile.replace(file, StandardCharsets.US_ASCII.encode("%016x\n".formatted(id)));
        return new SharingStep.Mark(id, before);
    }

    private static long read(Path file, long otherwise) throws IOException {
        try {
            return Long.parseUnsignedLong(
                    Files.readString(file, StandardCharsets.ISO_8859_1).strip(), 16);
        } catch (NumberFormatException damaged) {
            return otherwise;
        }
    }
}
