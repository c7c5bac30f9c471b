package io.tocsin.app.command;

import io.tocsin.app.up.Version;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The list of subcommands. A new one is a file in this package and a line here.
public final class Commands {
    /// In the order of the help.
    private static final List<Class<? extends Callable<Integer>>> ALL = List.of(
            BenchCommand.class,
            CollectorCommand.class,
            CompareCommand.class,
            ContentCommand.class,
            CorrelatorCommand.class,
            DemoCommand.class,
            DetectCommand.class,
            ExplainCommand.class,
            FrontEndCommand.class,
            KafkaCommand.class,
            LedgerCommand.class,
            ListCommand.class,
            LogCommand.class,
            NormalizeCommand.class,
            ResponseCommand.class,
            RouterCommand.class,
            RulesCommand.class,
            SearchCommand.class,
            SourcesCommand.class,
            StatusCommand.class,
            StorageCommand.class,
            TailCommand.class,
            UpCommand.class,
            UserCommand.class,
            WarmUpCommand.class);

    private static final Set<String> HELP = Set.of("help", "-h", "--help");

    private Commands() {}

    @Command(
            name = "tocsin",
            mixinStandardHelpOptions = true,
            description =
                    "Collects security events without losing one, detects attacks in them and keeps them searchable.",
            synopsisSubcommandLabel = "COMMAND")
    private static final class Root {}

    /// Runs a command line and returns the exit code of [ExitCode].
    public static int execute(String[] arguments, PrintWriter out, PrintWriter error) {
        CommandLine line = commandLine(arguments).setOut(out).setErr(error);
        if (arguments.length == 0 || (arguments.length == 1 && HELP.contains(arguments[0]))) {
            line.usage(out);
            out.println();
            out.println(
                    "  check-listeners  answers in a second whether this node may be given traffic, for keepalived");
            out.println("  test        installs what the tests need, builds everything, runs every test");
            out.println("  fuzz        looks for inputs that break a decoder: fuzz [TARGET...] [--seconds N]");
            out.println();
            out.println("'tocsin COMMAND --help' tells more about one command.");
            return ExitCode.OK;
        }
        return line.execute(arguments);
    }

    /// With every command, or only the one that the arguments name: to read the options of all takes a good part of
    /// the time that a command starts in.
    static CommandLine commandLine(String... arguments) {
        CommandLine line = new CommandLine(new Root());
        List<Class<? extends Callable<Integer>>> named = ALL.stream()
                .filter(command -> arguments.length > 0 && name(command).equals(arguments[0]))
                .toList();
        for (Class<? extends Callable<Integer>> command : named.isEmpty() ? ALL : named) {
            line.addSubcommand(command);
        }
        line.addSubcommand(new CommandLine.HelpCommand());
        tellVersion(line);
        line.setExecutionStrategy(Commands::execute);
        line.setExecutionExceptionHandler(Commands::failed);
        line.setExitCodeExceptionMapper(failure -> ExitCode.USAGE);
        return line;
    }

    private static void tellVersion(CommandLine line) {
        line.getCommandSpec().version("tocsin " + Version.text());
        line.getSubcommands().values().forEach(Commands::tellVersion);
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    private static int execute(CommandLine.ParseResult result) {
        if (result.hasSubcommand() && result.subcommand().commandSpec().name().equals("bench")) {
            // Benchmarks start services, freeze some of them, and would leave them behind when they are stopped.
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("end-children").unstarted(Commands::endChildren));
        }
        return new CommandLine.RunLast().execute(result);
    }

    /// The benchmark goes on meanwhile and may start one more service in the place of one that has ended.
    private static void endChildren() {
        for (int i = 0; i < 200; i++) {
            List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
            if (children.isEmpty()) {
                return;
            }
            children.forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static int failed(Exception failure, CommandLine line, CommandLine.ParseResult result) throws Exception {
        if (failure instanceof CommandException known) {
            line.getErr().println("tocsin: " + known.getMessage());
            return known.exitCode();
        }
        throw failure;
    }
}
