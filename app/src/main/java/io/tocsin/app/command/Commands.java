package io.tocsin.app.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The list of subcommands. A new one is a file in this package and a line here.
public final class Commands {
    /// In the order of the help. New ones for each run: a command keeps what its options were.
    private static List<Callable<Integer>> all() {
        return List.of(
                new BenchCommand(),
                new CollectorCommand(),
                new CompareCommand(),
                new ContentCommand(),
                new CorrelatorCommand(),
                new DemoCommand(),
                new DetectCommand(),
                new ExplainCommand(),
                new FrontEndCommand(),
                new KafkaCommand(),
                new LedgerCommand(),
                new ListCommand(),
                new LogCommand(),
                new NormalizeCommand(),
                new ResponseCommand(),
                new RouterCommand(),
                new RulesCommand(),
                new SearchCommand(),
                new SourcesCommand(),
                new StatusCommand(),
                new StorageCommand(),
                new TailCommand(),
                new UpCommand(),
                new UserCommand(),
                new WarmUpCommand());
    }

    private Commands() {}

    @Command(
            name = "tocsin",
            description =
                    "Collects security events without losing one, detects attacks in them and keeps them searchable.",
            synopsisSubcommandLabel = "COMMAND")
    private static final class Root {}

    /// Runs a command line and returns the exit code of [ExitCode].
    public static int execute(String[] arguments, PrintWriter out, PrintWriter error) {
        CommandLine line = commandLine().setOut(out).setErr(error);
        if (arguments.length == 0 || (arguments[0].equals("help") && arguments.length == 1)) {
            line.usage(out);
            out.println();
            out.println(
                    "  check-listeners  answers in a second whether this node may be given traffic, for keepalived");
            out.println("  test        installs what the tests need, builds everything, runs every test");
            out.println();
            out.println("'tocsin COMMAND --help' tells more about one command.");
            return ExitCode.OK;
        }
        return line.execute(arguments);
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Root());
        for (Callable<Integer> command : all()) {
            line.addSubcommand(command);
        }
        line.addSubcommand(new CommandLine.HelpCommand());
        line.setExecutionStrategy(Commands::execute);
        line.setExecutionExceptionHandler(Commands::failed);
        line.setExitCodeExceptionMapper(failure -> ExitCode.USAGE);
        return line;
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
