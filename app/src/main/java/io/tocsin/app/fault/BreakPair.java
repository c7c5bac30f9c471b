package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One of a pair of collectors dies or stops in the midst of events of ten lines each, or the two lose sight of each
/// other. The sender goes to the other one. Lines that were acknowledged must be stored once, and those of an event
/// in one piece.
///
/// Thread-safety: one thread.
final class BreakPair implements FaultScenario {
    private static final int LINES_OF_AN_EVENT = 10;
    private static final Duration CUT = Duration.ofSeconds(10);

    /// What happens to whom.
    enum Break {
        KEEPER_KILLED,
        KEEPER_STOPPED,
        HELPER_KILLED,
        LINK_SILENT
    }

    private final Break what;
    private @Nullable PairWay way;
    private int first;

    BreakPair(Break what) {
        this.what = what;
    }

    @Override
    public String name() {
        return "pair-" + what.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String what() {
        return switch (what) {
            case KEEPER_KILLED -> "kill -9 of the one of a pair of collectors that joins lines";
            case KEEPER_STOPPED -> "SIGTERM to the one of a pair of collectors that joins lines, and a start";
            case HELPER_KILLED -> "kill -9 of the one of a pair of collectors that helps the other one";
            case LINK_SILENT -> "no byte passes between the two of a pair for " + CUT.toSeconds() + " s";
        };
    }

    @Override
    public Duration bound() {
        return what == Break.LINK_SILENT ? Duration.ofSeconds(15) : Duration.ofSeconds(10);
    }

    @Override
    public Recovery recoversWhen() {
        return what == Break.LINK_SILENT ? Recovery.STORED_WITHOUT_PAUSE : Recovery.STORED;
    }

    @Override
    public void prepare(FaultSite site) throws IOException, InterruptedException {
        way = PairWay.start(site, name());
        int keeper = way().keeper();
        first = what == Break.HELPER_KILLED ? 1 - keeper : keeper;
    }

    @Override
    public List<InetSocketAddress> inputs(FaultSite site) {
        return way().inputs(first);
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        SiteProcess victim = way().side(first);
        switch (what) {
            case KEEPER_KILLED, HELPER_KILLED -> {
                victim.kill();
                site.faultOver();
                victim.restart("");
            }
            case KEEPER_STOPPED -> {
                victim.stop();
                site.faultOver();
                victim.restart("");
            }
            case LINK_SILENT -> {
                way().link().mode(NetworkRelay.Mode.SILENT);
                Thread.sleep(CUT);
                way().link().mode(NetworkRelay.Mode.WHOLE);
                // Connections of the time before lead nowhere: their ends have given them up.
                way().link().breakConnections();
                site.faultOver();
            }
        }
    }

    @Override
    public void after(FaultSite site) throws IOException, InterruptedException {
        if (what != Break.LINK_SILENT) {
            way().side(first).awaitReady();
        }
        way().awaitPair();
    }

    /// No event whose lines were acknowledged is in two pieces. When only the wire between the two is cut, that
    /// may happen to those that are open at that moment: they go on at one of the two, and their sender may use
    /// the other one.
    @Override
    public String finding(FaultSite site, FaultQueries queries, String run, BitSet acknowledged) {
        if (what == Break.LINK_SILENT) {
            return "";
        }
        Map<Integer, String> pieces = new HashMap<>();
        JsonNode rows = queries.rows(
                site.centreData(),
                "SELECT toString(ID), extractAll(Raw, ' n=([0-9]+) end') FROM events WHERE ServiceName = '"
                        + PairWay.INPUT + "' AND Raw LIKE '%run=" + run + " %'");
        for (JsonNode row : rows) {
            for (JsonNode number : row.path(1)) {
                int found = Integer.parseInt(number.asString("0"));
                if (acknowledged.get(found)) {
                    String before = pieces.putIfAbsent(
                            found / LINES_OF_AN_EVENT, row.path(0).asString(""));
                    if (before != null && !before.equals(row.path(0).asString(""))) {
                        return "an event whose lines were acknowledged is in two pieces [line=" + found + "]";
                    }
                }
            }
        }
        return pieces.isEmpty() ? "no joined event can be found" : "";
    }

    @Override
    public void finish(FaultSite site) throws IOException, InterruptedException {
        if (way != null) {
            way.close();
            way = null;
        }
    }

    private PairWay way() {
        return Objects.requireNonNull(way);
    }
}
