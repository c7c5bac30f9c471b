package io.tocsin.app;

import io.tocsin.app.command.Commands;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/// The entry of every Tocsin process.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter error = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int exitCode = Commands.execute(arguments, out, error);
        out.flush();
        error.flush();
        System.exit(exitCode);
    }
}
