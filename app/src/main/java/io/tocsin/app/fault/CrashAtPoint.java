package io.tocsin.app.fault;

import io.tocsin.app.fault.SiteProcess.Change;
import io.tocsin.pipeline.transport.log.CrashPoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// The collector ends, as by `kill -9`, at a named point inside its log.
record CrashAtPoint(CrashPoint point) implements FaultScenario {
    private static final Duration REACHED = Duration.ofSeconds(60);
    private static final int TIMES = 3;

    /// What brings the log to a point.
    private enum Way {
        /// Events that come in and go out.
        LOAD,
        /// A log that does not exist yet.
        NEW_LOG,
        /// A disk that does not force.
        REFUSED_FORCE
    }

    private Way way() {
        return switch (point) {
            case RECORD_WRITTEN,
                    FSYNC_DONE,
                    SEGMENT_SEALED,
                    SEGMENT_CREATED,
                    CHECKPOINT_WRITTEN,
                    CHECKPOINT_FORCED,
                    PRE_UNLINK,
                    POST_UNLINK -> Way.LOAD;
            case CHECKPOINT_TEMP_WRITTEN, CHECKPOINT_RENAMED -> Way.NEW_LOG;
            case RESCUE_WRITTEN, RESCUE_RENAMED -> Way.REFUSED_FORCE;
        };
    }

    @Override
    public String name() {
        return "crash-" + point.text();
    }

    @Override
    public String what() {
        return "the collector ends at the point " + point.text() + " of its log";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(10);
    }

    @Override
    public String obstacle(FaultSite site) {
        return way() == Way.REFUSED_FORCE ? CompiledLibrary.obstacle() : "";
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        SiteProcess collector = site.collector();
        collector.kill();
        String armed = "-D" + CrashPoint.PROPERTY + "=" + point.text() + ":" + (way() == Way.LOAD ? TIMES : 1);
        switch (way()) {
            case LOAD -> collector.restart(armed);
            case NEW_LOG -> {
                // What the old folder still holds is delivered when that is used again.
                collector.change(new Change(
                        List.of(),
                        Map.of(
                                site.collectorData().toString(),
                                site.folder().resolve(name()).toString()),
                        Map.of()));
                collector.restart(armed);
            }
            case REFUSED_FORCE -> {
                FaultyDisk disk = FaultyDisk.make(site.folder());
                collector.change(Change.environment(disk.environment()));
                collector.restart(armed);
                collector.awaitReady();
                // What cursors and other files force does not lead to a rescue.
                disk.order("once .segment");
            }
        }
        long until = System.nanoTime() + REACHED.toNanos();
        while (collector.isAlive() && System.nanoTime() < until) {
            Thread.sleep(20);
        }
        boolean reached = !collector.isAlive();
        if (!reached) {
            collector.kill();
        }
        site.faultOver();
        collector.restart();
        if (!reached) {
            throw new IOException("the point was not reached in " + REACHED.toSeconds() + " s");
        }
    }

    @Override
    public void after(FaultSite site) throws IOException, InterruptedException {
        if (way() != Way.LOAD) {
            site.awaitDelivered();
            site.collector().change(Change.NONE);
            site.collector().stop();
            site.collector().restart();
        }
    }
}
