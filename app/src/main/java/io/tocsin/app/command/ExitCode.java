package io.tocsin.app.command;

/// Exit codes of every subcommand; scripts rely on them.
final class ExitCode {
    static final int OK = 0;
    /// The command worked and found something: a failing test, a refused rule, rejected input, loss.
    static final int FINDINGS = 1;
    static final int USAGE = 2;
    static final int CANNOT_START = 3;

    private ExitCode() {}
}
