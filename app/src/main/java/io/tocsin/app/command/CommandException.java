package io.tocsin.app.command;

/// Ends a subcommand with one line on standard error and an exit code.
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private CommandException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }

    static CommandException cannotStart(String message) {
        return new CommandException(ExitCode.CANNOT_START, message);
    }

    static CommandException rejected(String message) {
        return new CommandException(ExitCode.FINDINGS, message);
    }

    static CommandException usage(String message) {
        return new CommandException(ExitCode.USAGE, message);
    }
}
