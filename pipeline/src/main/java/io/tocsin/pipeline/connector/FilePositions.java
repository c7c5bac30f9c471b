package io.tocsin.pipeline.connector;

import io.tocsin.file.DurableFile;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// How far the files of a collector were read, together with the place in the durable log up to which that
/// is true: every event before a position lies before the place, none after a position does. Text, so that
/// an operator can read it:
///
/// ```
/// tocsin file positions 1
/// log <record> <sequence>
/// file <key> <position> <fingerprint length> <fingerprint> <marks> <path in hex>
/// end <CRC32C of everything before>
/// ```
///
/// Marks: 1 this file is read under its path, 2 the rest of a line that was cut is to be skipped.
///
/// Written beside, forced and moved over the old file, so there is always a whole one.
///
/// @param log place in the durable log
/// @param files one row per file
record FilePositions(LogPosition log, List<Row> files) {
    private static final String MAGIC = "tocsin file positions 1";
    private static final int CURRENT = 1;
    private static final int SKIPPING = 2;

    /// @param key device and number of the file, as the file system names it
    /// @param path under which it was first read
    /// @param position bytes of it that were handed on
    /// @param fingerprint what its first bytes look like
    /// @param current the file that was read last under this path
    /// @param skipping the position lies inside a line that was cut
    record Row(String key, String path, long position, Fingerprint fingerprint, boolean current, boolean skipping) {}

    /// The checksum of the first bytes of a file, to tell it from another one with the same number.
    record Fingerprint(int length, int checksum) {
        /// Bytes that are looked at, if the file has so many.
        static final int MAXIMUM_LENGTH = 1024;

        static final Fingerprint NONE = new Fingerprint(0, 0);

        /// The fingerprint of a file of which up to `length` bytes count.
        static Fingerprint of(FileChannel channel, int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(Math.min(length, MAXIMUM_LENGTH));
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, bytes.position()) < 0) {
                    break;
                }
            }
            CRC32C checksum = new CRC32C();
            checksum.update(bytes.array(), 0, bytes.position());
            return new Fingerprint(bytes.position(), (int) checksum.getValue());
        }

        /// True when a file begins as it did when this was taken.
        boolean fits(FileChannel channel) throws IOException {
            return length == 0 || of(channel, length).equals(this);
        }
    }

    FilePositions {
        files = List.copyOf(files);
    }

    /// Reads a positions file; empty when there is none.
    ///
    /// @throws IOException when it cannot be read or is damaged
    static Optional<FilePositions> read(Path file) throws IOException {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.US_ASCII);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
        int end = text.lastIndexOf("end ");
        if (end < 0
                || !text.startsWith(MAGIC + "\n")
                || !text.substring(end + 4).strip().equals(checksum(text.substring(0, end)))) {
            throw new IOException("file is damaged");
        }
        try {
            LogPosition log = LogPosition.START;
            List<Row> rows = new ArrayList<>();
            for (String line : text.substring(0, end).split("\n", -1)) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("log")) {
                    log = new LogPosition(Long.parseLong(words[1]), Long.parseLong(words[2]));
                } else if (words[0].equals("file")) {
                    byte[] path = HexFormat.of().parseHex(words[6]);
                    Fingerprint fingerprint =
                            new Fingerprint(Integer.parseInt(words[3]), HexFormat.fromHexDigits(words[4]));
                    int marks = Integer.parseInt(words[5]);
                    rows.add(new Row(
                            words[1],
                            new String(path, StandardCharsets.UTF_8),
                            Long.parseLong(words[2]),
                            fingerprint,
                            (marks & CURRENT) != 0,
                            (marks & SKIPPING) != 0));
                }
            }
            return Optional.of(new FilePositions(log, rows));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException("file is damaged", e);
        }
    }

    /// Writes durably.
    void write(Path file) throws IOException {
        StringBuilder text = new StringBuilder(MAGIC).append('\n');
        text.append("log ")
                .append(log.recordIndex())
                .append(' ')
                .append(log.sequence())
                .append('\n');
        for (Row row : files) {
            text.append("file ").append(row.key()).append(' ').append(row.position());
            text.append(' ').append(row.fingerprint().length());
            text.append(' ').append(HexFormat.of().toHexDigits(row.fingerprint().checksum()));
            text.append(' ')
                    .append((row.current() ? CURRENT : 0) | (row.skipping() ? SKIPPING : 0))
                    .append(' ');
            text.append(HexFormat.of().formatHex(row.path().getBytes(StandardCharsets.UTF_8)))
                    .append('\n');
        }
        String checksum = checksum(text.toString());
        text.append("end ").append(checksum).append('\n');
        DurableFile.replace(file, StandardCharsets.US_ASCII.encode(text.toString()));
    }

    private static String checksum(String text) {
        CRC32C checksum = new CRC32C();
        checksum.update(text.getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().toHexDigits((int) checksum.getValue());
    }
}
