package io.tocsin.app.command;

import io.tocsin.app.demo.DemoScenario;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tocsin demo`: plays the demonstration hour into the syslog port.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "Plays an hour of a small company's logs, with a scan, a brute force and a break-in, into the syslog port within a minute.")
final class DemoCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--to",
            description = "Syslog address that takes TCP (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_SYSLOG_LISTEN:-127.0.0.1:5140}")
    private String target = "127.0.0.1:5140";

    @Option(
            names = "--seconds",
            description = "How long the hour takes (default: ${DEFAULT-VALUE}).",
            defaultValue = "60")
    private double seconds = 60;

    @Option(
            names = "--seed",
            description = "Another seed gives other details (default: ${DEFAULT-VALUE}).",
            defaultValue = "1")
    private long seed = 1;

    @Option(names = "--print", description = "Write the lines to standard output at once instead of sending them.")
    private boolean print;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Instant now = InstantSource.system().instant();
        List<DemoScenario.Line> lines = DemoScenario.lines(now.minus(Duration.ofHours(1)), seed);
        if (print) {
            lines.forEach(line -> out.println(line.text()));
            return ExitCode.OK;
        }
        InetSocketAddress address = address();
        try (Socket socket = new Socket()) {
            socket.connect(address, 5000);
            play(lines, socket.getOutputStream());
        } catch (IOException e) {
            throw CommandException.cannotStart("cannot send to " + address.getHostString() + ":" + address.getPort()
                    + " [" + e.getMessage() + "]: start an instance with 'tocsin up' or give --to");
        }
        out.println("sent " + lines.size() + " lines to " + target + "; open Alerts in the web interface");
        return ExitCode.OK;
    }

    private void play(List<DemoScenario.Line> lines, OutputStream socket) throws IOException {
        OutputStream out = new BufferedOutputStream(socket, 1 << 16);
        Instant first = lines.getFirst().at();
        long began = System.nanoTime();
        double pace = Math.max(0, seconds) / 3600;
        for (DemoScenario.Line line : lines) {
            long due = (long) (Duration.between(first, line.at()).toNanos() * pace);
            long early = due - (System.nanoTime() - began);
            if (early > 1_000_000) {
                out.flush();
                LockSupport.parkNanos(early);
            }
            out.write(line.text().getBytes(StandardCharsets.UTF_8));
            out.write('\n');
        }
        out.flush();
    }

    private InetSocketAddress address() {
        int colon = target.lastIndexOf(':');
        try {
            String host = target.substring(0, Math.max(0, colon));
            int port = Integer.parseInt(target.substring(colon + 1));
            return new InetSocketAddress(
                    host.isEmpty() || host.equals("0.0.0.0") || host.equals("[::]") ? "127.0.0.1" : host, port);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("cannot read the address [--to=" + target + "]: write host:port");
        }
    }
}
