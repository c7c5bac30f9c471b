package io.tocsin.app.command;

import io.tocsin.app.frontend.FrontEnd;
import io.tocsin.app.frontend.FrontEndPlan;
import io.tocsin.app.frontend.FrontEnds;
import io.tocsin.app.frontend.Peer;
import io.tocsin.app.up.Resources;
import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tocsin frontend`: prints the configuration of a program that chooses between identical collectors.
@Command(
        name = "frontend",
        mixinStandardHelpOptions = true,
        description =
                "Prints the configuration of a program that stands before two or more identical collectors and sends to"
                        + " one that lives: rsyslog-legacy, rsyslog-ruleset, rsyslog-relp, syslog-ng, filebeat, nginx,"
                        + " haproxy, keepalived, pacemaker.")
final class FrontEndCommand implements Callable<Integer> {
    private static final int MAX_PRIORITY = 254;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "PROGRAM", description = "What to configure; 'list' shows what there is.")
    private String program = "";

    @Option(
            names = "--collector",
            paramLabel = "HOST[:PORT]",
            description =
                    "A collector, in order of preference; once for each. Without a port that of the first collector of"
                            + " the right kind in the resources.")
    private List<String> collectors = List.of();

    @Option(
            names = "--listen",
            paramLabel = "HOST[:PORT]",
            description =
                    "Where nginx and HAProxy listen; for keepalived the node's own address (default: ${DEFAULT-VALUE}).",
            defaultValue = "0.0.0.0:5140")
    private String listen = "0.0.0.0:5140";

    @Option(names = "--udp", description = "nginx: balances datagrams of the same port as well.")
    private boolean udp;

    @Option(
            names = "--proxy-protocol",
            description = "nginx, HAProxy: tells the collector who sent; its connector must expect it.")
    private boolean proxyProtocol;

    @Option(
            names = "--retry-seconds",
            description = "After so long a sender tries again what was away (default: ${DEFAULT-VALUE}).",
            defaultValue = "30")
    private int retrySeconds = 30;

    @Option(
            names = "--health-port",
            description =
                    "HAProxy: port of the collectors' endpoint (collector --listen), to ask them whether they can take events.")
    private @Nullable Integer healthPort;

    @Option(
            names = "--vip",
            paramLabel = "ADDRESS/PREFIX",
            description = "keepalived, pacemaker: the address that moves, for example 10.0.0.10/24.")
    private @Nullable String sharedAddress;

    @Option(
            names = "--interface",
            description = "keepalived, pacemaker: the network interface that carries it (default: ${DEFAULT-VALUE}).",
            defaultValue = "eth0")
    private String networkInterface = "eth0";

    @Option(
            names = "--priority",
            description = "keepalived: of this node, 1 to 254 (default: ${DEFAULT-VALUE}).",
            defaultValue = "100")
    private int priority = 100;

    @Option(
            names = "--check",
            description = "keepalived: the check (default: check-listeners of this installation on 127.0.0.1:8446).")
    private @Nullable String check;

    @Option(
            names = "--spool",
            paramLabel = "DIR",
            description = "Senders: where they keep what waits (default: that of the Debian package).")
    private @Nullable String spool;

    @Option(names = "--resources", description = "Folder of your resources, for the ports of your collectors.")
    private @Nullable Path resources;

    @Override
    public Integer call() {
        var out = Objects.requireNonNull(spec).commandLine().getOut();
        if (program.equals("list")) {
            TextTable table = new TextTable(List.of("PROGRAM", "WHAT IT DOES"));
            FrontEnds.ALL.forEach(each -> table.row(List.of(each.name(), each.summary())));
            table.print(out);
            return ExitCode.OK;
        }
        FrontEnd frontEnd = FrontEnds.find(program)
                .orElseThrow(() -> CommandException.usage("no such program [program=" + program + ", known="
                        + FrontEnds.ALL.stream().map(FrontEnd::name).collect(Collectors.joining("|")) + "]"));
        if (priority < 1 || priority > MAX_PRIORITY) {
            throw CommandException.usage("--priority: 1 to 254 [priority=" + priority + "]");
        }
        try {
            out.print(frontEnd.configuration(plan(frontEnd)));
            out.flush();
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(frontEnd.name() + ": " + e.getMessage());
        }
        return ExitCode.OK;
    }

    private FrontEndPlan plan(FrontEnd frontEnd) {
        List<Peer> peers = new ArrayList<>();
        for (String collector : collectors) {
            Peer peer;
            try {
                peer = Peer.parse(collector, 1);
            } catch (IllegalArgumentException e) {
                throw CommandException.usage("--collector: " + e.getMessage());
            }
            peers.add(collector.endsWith(":" + peer.port()) ? peer : Peer.parse(collector, port(frontEnd)));
        }
        String home = System.getProperty("tocsin.home", ".");
        return new FrontEndPlan(
                peers,
                Peer.parse(listen, 5140),
                udp,
                proxyProtocol,
                retrySeconds,
                healthPort,
                sharedAddress,
                networkInterface,
                priority,
                check != null
                        ? check
                        : Path.of(home).toAbsolutePath().normalize().resolve("tocsin")
                                + " check-listeners --address 127.0.0.1:8446",
                spool != null
                        ? spool
                        : frontEnd.name().startsWith("rsyslog") ? "/var/spool/rsyslog" : "/var/lib/syslog-ng");
    }

    /// The port of the first collector whose connector is of the kind that the program sends to.
    private int port(FrontEnd frontEnd) {
        Problems problems = new Problems();
        Resources all = Resources.load(Content.folder(), resources, System::getenv, problems);
        for (Resource collector : all.ofKind("collector")) {
            if (collector.document().get("spec") instanceof ConfigNode.Mapping body
                    && body.get("connector") instanceof ConfigNode.Mapping connector
                    && frontEnd.connectorType().equals(connector.text("type"))
                    && !"false".equals(body.text("enabled"))) {
                String address = String.valueOf(connector.text("listen"));
                return Peer.parse(address, 0).port();
            }
        }
        throw CommandException.usage("no collector in the resources has a connector of the kind that " + frontEnd.name()
                + " sends to [type=" + frontEnd.connectorType() + "]: give the port, --collector HOST:PORT");
    }
}
