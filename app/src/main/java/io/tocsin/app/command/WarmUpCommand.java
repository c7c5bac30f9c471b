package io.tocsin.app.command;

import io.tocsin.app.demo.DemoScenario;
import io.tocsin.app.up.ListenAddress;
import io.tocsin.app.up.LocalInstance;
import io.tocsin.app.up.LocalOptions;
import io.tocsin.app.up.Version;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin warm-up`: what the launcher runs once after a build, to record which classes `up` and its storage need
/// until they have given their first answers (`-XX:AOTCacheOutput`).
@Command(
        name = "warm-up",
        hidden = true,
        description = "Runs 'up' on a folder of its own, sends it some events, asks for them and stops.")
final class WarmUpCommand implements Callable<Integer> {
    private static final long SEED = 1;
    private static final String LISTEN = "127.0.0.1:0";
    private static final Pattern SYSLOG = Pattern.compile("syslog-tcp=127\\.0\\.0\\.1:(\\d+)");
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final List<String> SCREENS =
            List.of("api/v1/services", "api/v1/ledger", "api/v1/alerts", "api/v1/rules");

    @Option(names = "--data", required = true, description = "An empty folder.")
    private Path data = Path.of(".");

    @Override
    public Integer call() {
        Path folder = data.toAbsolutePath().normalize();
        LocalOptions options = new LocalOptions(
                folder,
                null,
                Content.folder(),
                LISTEN,
                ListenAddress.parse(LISTEN),
                ListenAddress.parse(LISTEN),
                name -> name.equals("TOCSIN_SYSLOG_LISTEN") ? LISTEN : null,
                0,
                Version.text());
        try (LocalInstance up = LocalInstance.start(options)) {
            List<DemoScenario.Line> lines = DemoScenario.lines(Instant.EPOCH, SEED);
            send(up.readyText(), lines);
            Instance instance = Instance.of(folder);
            awaitStored(instance, lines.size());
            SCREENS.forEach(instance::get);
            return ExitCode.OK;
        } catch (IOException | TocsinException e) {
            throw CommandException.cannotStart("warming up failed [" + e.getMessage() + "]");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.cannotStart("interrupted");
        }
    }

    private static void send(String readyText, List<DemoScenario.Line> lines) throws IOException {
        Matcher port = SYSLOG.matcher(readyText);
        if (!port.find()) {
            throw new IOException("no collector 'syslog-tcp' is running: " + readyText);
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)));
                OutputStream out = socket.getOutputStream()) {
            for (DemoScenario.Line line : lines) {
                out.write((line.text() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static void awaitStored(Instance instance, int count) throws IOException, InterruptedException {
        ObjectNode request = Instance.JSON.createObjectNode();
        request.put("sql", "SELECT count() FROM events");
        request.put("from", 0);
        request.put("to", Instant.now().plus(PATIENCE).toEpochMilli());
        request.put("limit", 1);
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (instance.post("api/v1/events/search", request)
                        .path("rows")
                        .path(0)
                        .path(0)
                        .asLong()
                < count) {
            if (System.nanoTime() > until) {
                throw new IOException("the events were not stored");
            }
            Thread.sleep(100);
        }
    }
}
