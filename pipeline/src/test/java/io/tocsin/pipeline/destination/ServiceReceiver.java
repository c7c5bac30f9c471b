package io.tocsin.pipeline.destination;

import com.sun.net.httpserver.HttpServer;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.transport.DeliveryReceiver;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;

/// A service that takes deliveries into a log of its own.
///
/// Thread-safety: one thread.
final class ServiceReceiver implements AutoCloseable {
    final DurableLog log;
    private final DeliveryReceiver receiver;
    private final int port;
    private HttpServer server;

    ServiceReceiver(Path folder) throws Exception {
        log = DurableLog.open(folder.resolve("log"), LogOptions.defaults(), InstantSource.system());
        // Whoever reads the log has registered before the receiver lets go of it.
        log.consumer("reader").close();
        receiver = DeliveryReceiver.open(log, folder.resolve("known"), "secret", 32 << 20, (_, _, _) -> null);
        server = listen(0);
        port = server.getAddress().getPort();
    }

    private HttpServer listen(int at) throws IOException {
        HttpServer made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 64);
        made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        made.createContext(DeliveryRun.PATH, receiver);
        made.start();
        return made;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    void kill() {
        server.stop(0);
    }

    void restore() throws IOException {
        server = listen(port);
    }

    /// Everything that came, each event as JSON.
    List<String> events() throws Exception {
        List<String> all = new ArrayList<>();
        read((header, batch) -> {
            EventJson json = new EventJson();
            Event event = new Event();
            for (int i = 0; i < batch.count(); i++) {
                all.add(json.toText(event.moveTo(batch, i)));
            }
        });
        return all;
    }

    /// Sum of a counter in all ledgers that came.
    long counted(BatchLedger.Counter counter) throws Exception {
        long[] sum = new long[1];
        read((header, batch) -> header.ledger().stream()
                .filter(entry -> entry.counter() == counter)
                .forEach(entry -> sum[0] += entry.value()));
        return sum[0];
    }

    private interface Reading {
        void batch(BatchHeader header, EventBatch batch);
    }

    private void read(Reading reading) throws Exception {
        BatchDecoder decoder = new BatchDecoder();
        EventBatch batch = new EventBatch();
        LogPosition end = log.end();
        try (LogReader reader = log.reader(log.start())) {
            while (reader.position().compareTo(end) < 0) {
                for (LogRecord found : reader.poll(100, Long.MAX_VALUE, Duration.ofSeconds(5))) {
                    byte[] bytes = found.payload();
                    int at = ReceivedRun.HEADER_BYTES;
                    while (at < bytes.length) {
                        BatchHeader header = decoder.decode(bytes, at, bytes.length - at, batch);
                        reading.batch(header, batch);
                        at = header.totalLength();
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        receiver.close();
        log.close();
    }
}
