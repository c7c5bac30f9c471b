package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.reference.Shared;
import io.tocsin.pipeline.reference.WatchedFile;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Threat lists in use: one index over all of them, built anew when a file changed or a server had something new.
/// A list that cannot be read leaves the index as it was; a file that is not there yet counts as empty.
///
/// Thread-safety: any thread reads; [#refresh()] is called by one thread at a time. Each server is asked by a thread
/// of its own.
public final class IndicatorSource implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(IndicatorSource.class.getName());

    private static final Shared<Key, IndicatorSource> SHARED = new Shared<>(IndicatorSource::close);

    /// What makes sources the same.
    private record Key(List<IndicatorList> lists, Path folder, SystemClock clock) {}

    /// A list and the file that it is read from.
    private record Open(IndicatorList list, Path path, WatchedFile file) {}

    private final List<Open> lists = new ArrayList<>();
    private final List<Thread> fetchers = new ArrayList<>();
    private final SystemClock clock;
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong fetches = new AtomicLong();
    private volatile IndicatorIndex current = IndicatorIndex.EMPTY;
    private volatile Map<String, Long> passedOver = Map.of();

    private IndicatorSource(SystemClock clock) {
        this.clock = clock;
    }

    /// The index over the same lists, which all collectors of the process share; each server is asked once for all.
    ///
    /// @param folder where lists of servers are kept
    public static Shared.Lease<IndicatorSource> share(IndicatorConfig config, Path folder, SystemClock clock) {
        Key key = new Key(config.lists(), folder.toAbsolutePath().normalize(), clock);
        Shared.Lease<IndicatorSource> lease = SHARED.take(key, () -> open(config, folder, clock));
        lease.get().refresh();
        return lease;
    }

    /// Indexes that collectors of this process hold now.
    public static int sharedNow() {
        return SHARED.size();
    }

    /// Reads the lists for the first time and begins to ask servers.
    ///
    /// @param folder where lists of servers are kept
    public static IndicatorSource open(IndicatorConfig config, Path folder, SystemClock clock) {
        IndicatorSource source = new IndicatorSource(clock);
        for (IndicatorList list : config.lists()) {
            Path path = list.file(folder);
            source.lists.add(new Open(list, path, new WatchedFile(path)));
        }
        source.refresh();
        for (Open open : source.lists) {
            TaxiiList server = open.list.server();
            if (server != null) {
                source.fetchers.add(Thread.ofVirtual()
                        .name("taxii-" + server.name())
                        .start(() -> source.fetch(server, new TaxiiClient(server, open.path))));
            }
        }
        return source;
    }

    public IndicatorIndex current() {
        return current;
    }

    /// Lists that could not be read or fetched, each time counted.
    public long failures() {
        return failures.get();
    }

    /// Times that a server was asked with success.
    public long fetches() {
        return fetches.get();
    }

    /// Rows and objects of the last reading that gave no indicator, by reason.
    public Map<String, Long> passedOver() {
        return passedOver;
    }

    /// Builds the index anew when a file has changed; returns true when there is a new one.
    public synchronized boolean refresh() {
        boolean changed = false;
        for (Open open : lists) {
            changed |= open.file.changed();
        }
        if (!changed) {
            return false;
        }
        IndicatorBuilder builder = new IndicatorBuilder();
        Map<String, Long> reasons = new TreeMap<>();
        for (Open open : lists) {
            if (!Files.exists(open.path)) {
                continue;
            }
            IndicatorSink sink = new IndicatorSink(builder, clock.epochNanos() / 1_000_000);
            try {
                open.list.read(open.path, sink);
            } catch (IOException | RuntimeException e) {
                failed(open.list.name(), e);
                return false;
            }
            sink.passedOver().forEach((reason, count) -> reasons.merge(reason, count, Long::sum));
        }
        IndicatorIndex built = builder.build();
        current = built;
        passedOver = new HashMap<>(reasons);
        LOGGER.log(
                System.Logger.Level.INFO,
                "threat lists read [indicators={0}, bytes={1}, passedOver={2}]",
                built.size(),
                built.bytes(),
                reasons);
        return true;
    }

    private void fetch(TaxiiList server, TaxiiClient client) {
        try {
            while (true) {
                try {
                    client.fetch();
                    fetches.incrementAndGet();
                } catch (IOException | TocsinException e) {
                    failed(server.name(), e);
                }
                Thread.sleep(server.interval());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void failed(String list, @Nullable Throwable e) {
        failures.incrementAndGet();
        LOGGER.log(
                System.Logger.Level.WARNING,
                "threat list cannot be read, what is known stays in use [list={0}, reason={1}]",
                list,
                e == null ? "" : e.getMessage());
    }

    @Override
    public void close() {
        fetchers.forEach(Thread::interrupt);
    }
}
