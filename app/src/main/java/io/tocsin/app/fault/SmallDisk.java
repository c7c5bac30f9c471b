package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A file system of its own with little room, in memory. It is seen only by processes that are started inside; where
/// user namespaces are allowed it needs no right.
///
/// Thread-safety: one thread.
final class SmallDisk implements AutoCloseable {
    private static final int MEBIBYTES = 128;
    private static final String SCRIPT =
            "mount -t tmpfs -o size=" + MEBIBYTES + "m none \"$1\" && echo ready && exec cat";

    private final Process holder;
    private final boolean userNamespace;
    private final Path mount;

    private SmallDisk(Process holder, boolean userNamespace, Path mount) {
        this.holder = holder;
        this.userNamespace = userNamespace;
        this.mount = mount;
    }

    /// Why there is none on this machine, empty when there is.
    static String obstacle() {
        try (SmallDisk disk = mount(Path.of("/tmp"))) {
            return disk.holder.isAlive() ? "" : "may not mount a file system here";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// @param mount an existing folder
    static SmallDisk mount(Path mount) throws IOException {
        for (boolean user : List.of(false, true)) {
            List<String> command = new ArrayList<>(List.of("unshare", "--mount"));
            if (user) {
                command.addAll(List.of("--user", "--map-root-user"));
            }
            command.addAll(List.of("sh", "-c", SCRIPT, "disk", mount.toString()));
            Process holder = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if ("ready".equals(holder.inputReader(StandardCharsets.US_ASCII).readLine())) {
                return new SmallDisk(holder, user, mount);
            }
            holder.destroyForcibly();
        }
        throw new IOException("may not mount a file system here, not even in a user namespace");
    }

    /// Stands before a command that sees the disk.
    List<String> inside() {
        List<String> prefix = new ArrayList<>(List.of("nsenter", "--target", Long.toString(holder.pid()), "--mount"));
        if (userNamespace) {
            prefix.addAll(List.of("--user", "--preserve-credentials"));
        }
        return prefix;
    }

    void fill() throws IOException, InterruptedException {
        run("cat /dev/zero > \"$0/ballast\" 2>/dev/null; true");
    }

    void empty() throws IOException, InterruptedException {
        run("rm \"$0/ballast\"");
    }

    private void run(String script) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(inside());
        command.addAll(List.of("sh", "-c", script, mount.toString()));
        Process process = new ProcessBuilder(command).start();
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("failed: " + script);
        }
    }

    @Override
    public void close() {
        holder.destroyForcibly();
    }
}
