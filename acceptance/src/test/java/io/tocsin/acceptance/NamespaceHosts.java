package io.tocsin.acceptance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// Hosts with network interfaces of their own on one wire: network namespaces `10.9.0.1`, `10.9.0.2`, … that are joined
/// by a bridge. They live in namespaces of their own, so that nothing of the machine changes and, where user namespaces
/// are allowed, no right is needed. All files are those of the machine but for `/run` and `/mnt`, which are empty.
///
/// Thread-safety: one thread.
final class NamespaceHosts implements AutoCloseable {
    private static final String SCRIPT = """
            set -e
            mount -t tmpfs -o mode=755 none /run
            mount -t tmpfs -o mode=755 none /mnt
            ip link add wire type bridge
            ip link set wire up
            n=0
            for host in "$@"; do
              n=$((n + 1))
              ip netns add "$host"
              ip link add "to-$host" type veth peer name "of-$host"
              ip link set "to-$host" master wire up
              ip link set "of-$host" netns "$host"
              ip -n "$host" link set lo up
              ip -n "$host" link set "of-$host" name eth0
              ip -n "$host" addr add "10.9.0.$n/24" dev eth0
              ip -n "$host" link set eth0 up
            done
            echo ready
            exec cat >/dev/null
            """;

    private final Process holder;
    private final boolean userNamespace;

    private NamespaceHosts(Process holder, boolean userNamespace) {
        this.holder = holder;
        this.userNamespace = userNamespace;
    }

    /// Makes them; the test that asks is skipped where that is forbidden.
    static NamespaceHosts make(Path folder, List<String> names) {
        for (String tool : List.of("/usr/bin/unshare", "/usr/bin/nsenter")) {
            Assumptions.assumeTrue(Files.isExecutable(Path.of(tool)), "skipped: " + tool + " is not installed");
        }
        String refused = "";
        for (boolean user : List.of(false, true)) {
            try {
                Path errors = folder.resolve("hosts.err." + (user ? "user" : "root"));
                List<String> command = new ArrayList<>(List.of("unshare", "--net", "--mount"));
                if (user) {
                    command.addAll(List.of("--user", "--map-root-user"));
                }
                command.addAll(List.of("sh", "-c", SCRIPT, "hosts"));
                command.addAll(names);
                Process holder = new ProcessBuilder(command)
                        .redirectError(errors.toFile())
                        .start();
                BufferedReader out = holder.inputReader(StandardCharsets.US_ASCII);
                if ("ready".equals(out.readLine())) {
                    return new NamespaceHosts(holder, user);
                }
                holder.destroyForcibly();
                refused = Files.readString(errors).strip();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Assumptions.abort("skipped: network namespaces are not allowed here [" + refused + "]");
        throw new IllegalStateException();
    }

    static String address(int host) {
        return "10.9.0." + (host + 1);
    }

    /// Whether a process may change its groups there: not in namespaces that were made without rights.
    boolean mayChangeGroups() {
        return run("cat", "/proc/self/setgroups").startsWith("allow");
    }

    /// What stands before a command so that it runs on a host. The process that is started becomes the command's.
    List<String> on(String host) {
        List<String> prefix = new ArrayList<>(inside());
        prefix.addAll(List.of("ip", "netns", "exec", host));
        return prefix;
    }

    private List<String> inside() {
        List<String> prefix = new ArrayList<>(List.of("nsenter", "--target", Long.toString(holder.pid()), "--mount"));
        if (userNamespace) {
            prefix.addAll(List.of("--user", "--preserve-credentials"));
        }
        prefix.add("--net");
        return prefix;
    }

    /// Runs a command among the hosts, with their files, to its end.
    ///
    /// @return what it said
    String run(String... command) {
        return run(inside(), command);
    }

    /// Runs a command on a host to its end.
    String runOn(String host, String... command) {
        return run(on(host), command);
    }

    private static String run(List<String> prefix, String... command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(List.of(command));
        try {
            Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError("failed: " + all + ": " + out);
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// The wire and the files are gone with the last process in them.
    @Override
    public void close() {
        holder.destroyForcibly();
    }
}
