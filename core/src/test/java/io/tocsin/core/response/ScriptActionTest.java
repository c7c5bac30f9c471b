package io.tocsin.core.response;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real scripts, real processes.
final class ScriptActionTest {
    @TempDir
    private Path folder;

    private Path scripts;

    @BeforeEach
    void makeFolder() throws IOException {
        scripts = Files.createDirectory(folder.resolve("scripts"));
        permit(scripts, "rwxr-xr-x");
    }

    private static void permit(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private void script(String name, String text) throws IOException {
        Files.writeString(scripts.resolve(name), text);
        permit(scripts.resolve(name), "rwx------");
    }

    private RunResult run(String action, FiredEvent event) throws InterruptedException {
        return Trial.rule(action).action().run(event, Trial.site(folder));
    }

    private static List<Long> marked(FiredEvent event) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(each -> each.getFileName().toString().matches("[0-9]+"))
                    .filter(each -> {
                        try {
                            return Files.readString(
                                            each.resolve("environ"), java.nio.charset.StandardCharsets.ISO_8859_1)
                                    .contains("TOCSIN_RUN=" + event.run());
                        } catch (IOException gone) {
                            return false;
                        }
                    })
                    .map(each -> Long.parseLong(each.getFileName().toString()))
                    .toList();
        }
    }

    @Test
    void passesValuesAsArgumentsVariablesAndInputThatNoShellReads() throws Exception {
        script(
                "show.sh",
                "#!/bin/sh\nfor each; do printf '<%s>' \"$each\"; done\nprintf '[%s]' \"$USER_NAME\"\ncat\nprintf '|%s' \"$#\"\n");
        FiredEvent event = Trial.event("SourceUserName", Trial.HOSTILE, "Priority", "3");
        RunResult result = run("""
                type: script
                file: show.sh
                arguments: ["--user={SourceUserName}", "{DestinationUserName}", "{DestinationUserName:-nobody}", "{{x}"]
                environment: { USER_NAME: "{SourceUserName}" }
                """, event);
        String seen = Trial.HOSTILE.replace('\0', '\uFFFD');
        assertThat(result.end()).isEqualTo(RunResult.End.DONE);
        assertThat(result.output())
                .isEqualTo("<--user=" + seen + "><><nobody><{x}>[" + seen + "]" + event.fields() + "|4");
        assertThat(Path.of("/tmp/owned")).doesNotExist();
    }

    @Test
    void tellsExitCodesAndKeepsOutputUpToTheLimit() throws Exception {
        script("loud.sh", "#!/bin/sh\nhead -c 300000 /dev/zero | tr '\\0' x\necho problem >&2\nexit 7\n");
        RunResult result = run("type: script\nfile: loud.sh\nmaximumOutput: 1KiB", Trial.event());
        assertThat(result.end()).isEqualTo(RunResult.End.FAILED);
        assertThat(result.outcome()).isEqualTo("exit code 7");
        assertThat(result.output()).startsWith("x".repeat(1024) + "\n…").contains("298984 more bytes");
    }

    @Test
    void inheritsNothingOfTheEnvironment() throws Exception {
        script("env.sh", "#!/bin/sh\nenv | cut -d= -f1 | sort | tr '\\n' ' '\n");
        assertThat(run("type: script\nfile: env.sh", Trial.event()).output())
                .isEqualTo("LANG PATH PWD TOCSIN_EVENT TOCSIN_RESPONSE TOCSIN_RUN ");
    }

    @Test
    void killsTheWholeTreeWhenTimeIsOver() throws Exception {
        script("tree.sh", """
                #!/bin/sh
                i=0
                while [ $i -lt 6 ]; do
                  (sleep 20; sleep 20) &
                  setsid sh -c 'sleep 20; sleep 20' &
                  i=$((i+1))
                done
                trap '' TERM HUP INT
                echo started
                wait
                """);
        FiredEvent event = Trial.event();
        long start = System.nanoTime();
        RunResult result = run("type: script\nfile: tree.sh\ntimeout: 700ms", event);
        assertThat(result.outcome()).isEqualTo("killed after 700 ms");
        assertThat(result.output()).isEqualTo("started\n");
        assertThat(marked(event)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void killsWhatGoesOnForkingInSessionsOfItsOwn() throws Exception {
        // Bounded, should the test itself fail: at most 3 times 60 that sleep.
        script("forks.sh", """
                #!/bin/sh
                for n in 1 2 3; do
                  setsid sh -c 'i=0; while [ $i -lt 60 ]; do setsid sleep 20 & i=$((i+1)); sleep 0.02; done; wait' &
                done
                wait
                """);
        FiredEvent event = Trial.event();
        RunResult result = run("type: script\nfile: forks.sh\ntimeout: 300ms\ninput: false", event);
        assertThat(result.outcome()).isEqualTo("killed after 300 ms");
        assertThat(marked(event)).isEmpty();
    }

    @Test
    void killsAScriptThatHasTooManyProcesses() throws Exception {
        script("many.sh", "#!/bin/sh\ni=0; while [ $i -lt 30 ]; do sleep 20 & i=$((i+1)); done\nwait\n");
        FiredEvent event = Trial.event();
        RunResult result = run("type: script\nfile: many.sh\nmaximumProcesses: 20", event);
        assertThat(result.outcome()).isEqualTo("killed: it had more than 20 processes");
        assertThat(marked(event)).isEmpty();
    }

    @Test
    void leavesNothingInTheBackgroundWhenTheScriptEnds() throws Exception {
        script("daemon.sh", "#!/bin/sh\nsetsid sleep 20 >/dev/null 2>&1 &\nsleep 20 &\nexit 0\n");
        FiredEvent event = Trial.event();
        long start = System.nanoTime();
        RunResult result = run("type: script\nfile: daemon.sh", event);
        assertThat(result.outcome()).isEqualTo("exit code 0");
        assertThat(marked(event)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void refusesWhatIsNoPlainScriptOfTheFolder() throws Exception {
        Path outside = folder.resolve("outside.sh");
        Files.writeString(outside, "#!/bin/sh\necho outside\n");
        permit(outside, "rwx------");
        Files.createSymbolicLink(scripts.resolve("link.sh"), outside);
        Files.createSymbolicLink(scripts.resolve("up"), folder);
        Files.createDirectory(scripts.resolve("folder"));
        permit(scripts.resolve("folder"), "rwx------");
        script("plain.txt", "#!/bin/sh\n");
        permit(scripts.resolve("plain.txt"), "rw-------");
        script("open.sh", "#!/bin/sh\n");
        permit(scripts.resolve("open.sh"), "rwxrwxrwx");
        script("silent.sh", "echo no interpreter\n");
        assertThat(refusal("link.sh")).contains("links are not followed");
        assertThat(refusal("up/outside.sh")).contains("links are not followed");
        assertThat(refusal("folder")).contains("not a plain file");
        assertThat(refusal("plain.txt")).contains("not executable");
        assertThat(refusal("open.sh")).contains("others than its owner can change it");
        assertThat(refusal("silent.sh")).contains("does not say what runs it");
        assertThat(refusal("missing.sh")).contains("no such script");
        for (String escape :
                List.of("../outside.sh", "/bin/sh", "a/../../outside.sh", ".hidden", "-x", "a//b", "a b", "")) {
            assertThat(Trial.refused("kind: response\nname: x\nspec:\n  action:\n    type: script\n    file: '" + escape
                            + "'\n"))
                    .as(escape)
                    .contains("trial.yaml:6:")
                    .contains("below the folder of scripts");
        }
    }

    private String refusal(String file) throws InterruptedException {
        String action = "type: script\nfile: " + file;
        RunResult result = run(action, Trial.event());
        assertThat(result.end()).isEqualTo(RunResult.End.FAILED);
        assertThat(result.output()).isEmpty();
        assertThat(Trial.rule(action).action().trouble(Trial.site(folder))).isNotEmpty();
        return result.outcome();
    }

    @Test
    void doesNotLetAValueBecomeAnOption() throws Exception {
        script("options.sh", "#!/bin/sh\necho \"$1\"\n");
        String action = "type: script\nfile: options.sh\narguments: ['{SourceUserName}']";
        RunResult result = run(action, Trial.event("SourceUserName", "--remove-all"));
        assertThat(result.end()).isEqualTo(RunResult.End.FAILED);
        assertThat(result.outcome()).contains("begins with '-'", "--name={FIELD}");
        assertThat(run(action, Trial.event("SourceUserName", "a-b")).output()).isEqualTo("a-b\n");
    }

    @Test
    void cutsLongValuesOfArgumentsAndGivesThemWholeOnTheInput() throws Exception {
        script("long.sh", "#!/bin/sh\nprintf '%s ' \"${#1}\"\nwc -c\n");
        String megabyte = "x".repeat(1 << 20);
        FiredEvent event = Trial.event("SourceUserName", megabyte);
        RunResult result = run("type: script\nfile: long.sh\narguments: ['{SourceUserName}']", event);
        assertThat(result.output().strip())
                .isEqualTo((Template.LONGEST_VALUE + "…".getBytes(java.nio.charset.StandardCharsets.UTF_8).length) + " "
                        + event.fields().toString().length());
        RunResult refused = run("type: script\nfile: long.sh\narguments: ['{event}']", event);
        assertThat(refused.outcome()).contains("too long").contains("standard input");
    }

    @Test
    void doesNotSetWhatLoadersAndInterpretersObey() {
        for (String name :
                List.of("LD_PRELOAD", "BASH_ENV", "PATH", "PYTHONPATH", "IFS", "TOCSIN_RUN", "lower", "A-B")) {
            assertThat(Trial.refused("kind: response\nname: x\nspec:\n  action:\n    type: script\n    file: a.sh\n"
                            + "    environment:\n      '" + name + "': x\n"))
                    .as(name)
                    .contains("not a name that may be set");
        }
    }
}
