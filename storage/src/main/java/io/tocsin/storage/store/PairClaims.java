package io.tocsin.storage.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.error.TocsinException;
import io.tocsin.file.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which of two collectors that lost sight of each other claimed their session first
/// (`docs/specs/pair.md`).
///
/// The file `pair-claims` holds a line for each session: session and node as 16 hexadecimal digits, and
/// a place in a log
/// as `record/sequence`, or `-`; separated by spaces. A claim is on disk before it is answered. The
/// last line may be cut: nobody was told of it. When there are very many, the oldest half is forgotten.
///
/// Thread-safety: any thread.
public final class PairClaims implements AutoCloseable {
    private static final String NAME = "pair-claims";
    private static final Pattern CLAIM = Pattern.compile("[0-9a-f]{16} [0-9a-f]{16} (-|\\d{1,19}/\\d{1,19})");
    private static final int SESSION_DIGITS = 16;

    private final Path file;
    private final int limit;
    private final Map<String, String> first = new LinkedHashMap<>();
    private FileChannel channel;

    private PairClaims(Path file, int limit, FileChannel channel) {
        this.file = file;
        this.limit = limit;
        this.channel = channel;
    }

    /// Reads what was claimed before.
    ///
    /// @param limit claims that are remembered
    public static PairClaims open(Path folder, int limit) {
        Path file = folder.resolve(NAME);
        try {
            Files.createDirectories(folder);
            String text = Files.exists(file) ? Files.readString(file, US_ASCII) : "";
            PairClaims claims = new PairClaims(file, limit, append(file));
            for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
                if (CLAIM.matcher(line).matches()) {
                    claims.first.putIfAbsent(line.substring(0, SESSION_DIGITS), line);
                }
            }
            claims.rewrite();
            return claims;
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot read the claims of pairs", file, e);
        }
    }

    private static FileChannel append(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /// Notes a claim unless its session was claimed before.
    ///
    /// @return the first claim of the session
    /// @throws TocsinException `INVALID_REQUEST` when it is no claim, `INPUT_OUTPUT` when it cannot be
    ///     noted
    public synchronized String claim(String claim) {
        String line = claim.strip();
        if (!CLAIM.matcher(line).matches()) {
            throw TocsinException.invalidRequest("not a claim: send 'SESSION NODE PLACE', see docs/specs/pair.md");
        }
        @Nullable String before = first.get(line.substring(0, SESSION_DIGITS));
        if (before != null) {
            return before;
        }
        try {
            if (first.size() >= limit) {
                List<String> sessions = new ArrayList<>(first.keySet());
                sessions.subList(0, sessions.size() / 2).forEach(first::remove);
                rewrite();
            }
            write(channel, line);
            channel.force(true);
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot note the claim of a pair", file, e);
        }
        first.put(line.substring(0, SESSION_DIGITS), line);
        return line;
    }

    private static void write(FileChannel to, String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(US_ASCII));
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private void rewrite() throws IOException {
        Path beside = file.resolveSibling(NAME + ".new");
        try (FileChannel fresh = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (String line : first.values()) {
                write(fresh, line);
            }
            fresh.force(true);
        }
        channel.close();
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        // What is appended from here on must not be lost with the name.
        DurableFile.forceName(file);
        channel = append(file);
    }

    @Override
    public synchronized void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot close the claims of pairs", file, e);
        }
    }
}
