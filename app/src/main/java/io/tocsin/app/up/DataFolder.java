package io.tocsin.app.up;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The data folder of an installation (ARCHITECTURE.md, "Files below the data folder"). `up` holds the whole of it;
/// services that run alone share it and each holds the logs of its own.
///
/// Thread-safety: any thread.
public final class DataFolder implements AutoCloseable {
    private static final int SECRET_BYTES = 32;

    private final Path root;
    private final @Nullable FileChannel lockChannel;
    private final String secret;

    private DataFolder(Path root, @Nullable FileChannel lockChannel, String secret) {
        this.root = root;
        this.lockChannel = lockChannel;
        this.secret = secret;
    }

    /// Makes the folder when it is missing and the installation's secret at the first start, for a service that
    /// runs alone.
    ///
    /// @param secretFile where the secret stands when not in the folder, for instance that of another machine; or
    ///     null
    /// @throws IOException with a message for the operator when it cannot be written or there is
    ///     no such secret
    public static DataFolder share(Path root, @Nullable Path secretFile) throws IOException {
        create(root);
        if (secretFile == null) {
            return new DataFolder(root, null, secret(root));
        }
        String secret = Files.readString(secretFile).strip();
        if (secret.length() < SECRET_BYTES) {
            throw new IOException("the file holds no secret of an installation [file=" + secretFile
                    + "]: copy installation.secret from the data folder of the other machine");
        }
        return new DataFolder(root, null, secret);
    }

    private static void create(Path root) throws IOException {
        Files.createDirectories(
                root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /// Makes the folder when it is missing, takes its lock and makes the installation's secret at
    /// the first start.
    ///
    /// @throws IOException with a message for the operator when another process holds it or it
    ///     cannot be written
    public static DataFolder open(Path root) throws IOException {
        create(root);
        FileChannel channel =
                FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new IOException("data folder is in use by another process [folder=" + root
                    + "]: stop that one or choose another folder with --data");
        }
        return new DataFolder(root, channel, secret(root));
    }

    public Path root() {
        return root;
    }

    /// Bearer token between the services of this installation.
    public String secret() {
        return secret;
    }

    public Path collectorLog() {
        return root.resolve("collector").resolve("log");
    }

    public Path collectorPositions() {
        return root.resolve("collector").resolve("positions");
    }

    public Path deadLetters() {
        return root.resolve("collector").resolve("dead-letters");
    }

    public Path correlator() {
        return root.resolve("correlator");
    }

    /// What the correlator knows of the deliveries that it has taken.
    public Path intake() {
        return root.resolve("correlator").resolve("intake");
    }

    /// The log of a correlator that runs alone.
    public Path intakeLog() {
        return root.resolve("correlator").resolve("intake-log");
    }

    /// What an event router keeps.
    public Path router() {
        return root.resolve("router");
    }

    public Path routerLog() {
        return router().resolve("log");
    }

    public Path correlationLog() {
        return root.resolve("correlator").resolve("log");
    }

    /// Changes of lists that correlators share, in their order.
    public Path changeLog() {
        return root.resolve("correlator").resolve("change-log");
    }

    /// The mark that stood last among such changes.
    public Path changeMark() {
        return root.resolve("correlator").resolve("change-mark");
    }

    /// What is known of the deliveries of such changes.
    public Path changeIntake() {
        return root.resolve("correlator").resolve("change-intake");
    }

    /// Events of a correlator that runs alone about itself.
    public Path ownLog() {
        return root.resolve("correlator").resolve("own-log");
    }

    public Path storage() {
        return root.resolve("storage");
    }

    /// Where the commands find the address of the core.
    public Path address() {
        return root.resolve("address");
    }

    /// Where `check-listeners` finds the endpoint of the collectors: a line `host port pid`.
    public Path collectorHealth() {
        return root.resolve("collector").resolve("health");
    }

    /// Says where the collectors of this process answer.
    public void announceHealth(URI endpoint) throws IOException {
        Path part = collectorHealth().resolveSibling("health.part");
        Files.writeString(
                part,
                endpoint.getHost().replaceAll("[\\[\\]]", "") + " " + endpoint.getPort() + " "
                        + ProcessHandle.current().pid() + "\n");
        Files.move(part, collectorHealth(), StandardCopyOption.ATOMIC_MOVE);
    }

    /// The secret of the installation in this folder, made when there is none.
    public static String secret(Path root) throws IOException {
        Files.createDirectories(root);
        Path file = root.resolve("installation.secret");
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        String text = HexFormat.of().formatHex(random);
        // Several services may start at once: the link is made once, and the others read what it says.
        Path part = Files.createTempFile(
                root,
                "installation.secret.",
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII)));
            channel.force(true);
        }
        try {
            Files.createLink(file, part);
            return text;
        } catch (FileAlreadyExistsException madeMeanwhile) {
            return Files.readString(file).strip();
        } finally {
            Files.delete(part);
        }
    }

    @Override
    public void close() throws IOException {
        if (lockChannel != null) {
            // Its lock goes with it.
            lockChannel.close();
        }
    }
}
