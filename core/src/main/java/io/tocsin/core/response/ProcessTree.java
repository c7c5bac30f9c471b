package io.tocsin.core.response;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Kills what scripts have started. A process group is killed as a whole by one call of the kernel, which no process of
/// it can outrun by forking; who left the group for a session of its own is found by its environment, again and again
/// until nobody is left.
final class ProcessTree {
    private static final Path PROC = Path.of("/proc");
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(10);

    private record Member(long pid, String group) {}

    private ProcessTree() {}

    /// Kills the leader and everything with the mark of one of the runs.
    ///
    /// @param leader null when only what is left of earlier runs is meant
    /// @return false when something still runs after a few seconds
    static boolean kill(@Nullable Process leader, Set<String> runs) {
        boolean interrupted = false;
        long end = System.nanoTime() + LONGEST.toNanos();
        if (leader != null && leader.isAlive()) {
            killGroups(Set.of(Long.toString(leader.pid())));
            leader.destroyForcibly();
        }
        List<Member> members = members(runs);
        while (!members.isEmpty() && System.nanoTime() < end) {
            Set<String> groups = new LinkedHashSet<>();
            String own = group(PROC.resolve("self"));
            for (Member member : members) {
                if (!member.group().isEmpty() && !member.group().equals(own)) {
                    groups.add(member.group());
                }
            }
            killGroups(groups);
            members.forEach(member -> ProcessHandle.of(member.pid()).ifPresent(ProcessHandle::destroyForcibly));
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            members = members(runs);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return members.isEmpty();
    }

    /// Number of processes with the mark of a run.
    static int count(String run) {
        return members(Set.of(run)).size();
    }

    /// The built-in command of the shell reaches a group, which Java cannot; all that it is told are numbers.
    private static void killGroups(Set<String> groups) {
        if (groups.isEmpty()) {
            return;
        }
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", "-c", "for g; do kill -KILL -- \"-$g\" 2>/dev/null; done", "sh"));
        command.addAll(groups);
        try {
            Process killing = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!killing.waitFor(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
                killing.destroyForcibly();
            }
        } catch (IOException e) {
            // No room for another process: those found are killed one by one.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Member> members(Set<String> runs) {
        List<Member> members = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path each : all) {
                if (isMarked(each, runs)) {
                    members.add(new Member(Long.parseLong(each.getFileName().toString()), group(each)));
                }
            }
        } catch (IOException e) {
            // Without /proc only the group of the leader is known.
        }
        return members;
    }

    /// Processes of others cannot be read, and those that have ended have nothing to read.
    private static boolean isMarked(Path process, Set<String> runs) {
        try {
            String environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
            for (String entry : environment.split("\0", -1)) {
                if (entry.startsWith(ScriptProcess.MARK + "=")
                        && runs.contains(entry.substring(ScriptProcess.MARK.length() + 1))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    /// Number of the process group, the third value behind the name, which stands in brackets.
    private static String group(Path process) {
        try {
            String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            String[] values = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 4);
            return values.length > 2 ? values[2] : "";
        } catch (IOException e) {
            return "";
        }
    }
}
