package io.tocsin.app.command;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Records of a durable log as objects of JSON: where each stands, and what of events and ledger it holds. A record
/// is a batch, or what another service delivered: a run of batches.
///
/// Thread-safety: one thread.
final class LogRecordJson {
    private final boolean events;
    private final BatchDecoder decoder = new BatchDecoder();
    private final EventBatch batch = new EventBatch();
    private final EventJson json = new EventJson();

    /// @param events whether the events themselves are wanted
    LogRecordJson(boolean events) {
        this.events = events;
    }

    /// @param file name of the segment
    /// @param offset of the record in it, in bytes
    ObjectNode of(String file, long offset, LogRecord found) {
        byte[] payload = found.payload();
        ObjectNode object = Instance.JSON.createObjectNode();
        object.put("record", found.position().recordIndex());
        object.put("firstSequence", found.position().sequence());
        object.put("nextSequence", found.end().sequence());
        object.put("epoch", found.epoch());
        object.put("appendedAt", found.appendedAtMillis());
        object.put("file", file);
        object.put("offset", offset);
        object.put("bytes", payload.length);
        ReceivedRun received = ReceivedRun.of(found);
        if (received != null) {
            DeliveryRun run = received.run();
            object.putObject("delivery")
                    .put("producer", HexFormat.of().toHexDigits(run.producer()))
                    .put("epoch", run.epoch())
                    .put("firstSequence", run.firstSequence())
                    .put("count", run.count());
        }
        try {
            addBatches(object, payload, received == null ? 0 : received.bodyOffset());
        } catch (BatchFormatException notABatch) {
            object.put("note", "not a batch of events: " + notABatch.getMessage());
        }
        return object;
    }

    private void addBatches(ObjectNode object, byte[] payload, int from) {
        Set<String> routes = new LinkedHashSet<>();
        ArrayNode ledger = Instance.JSON.createArrayNode();
        ArrayNode content = Instance.JSON.createArrayNode();
        int count = 0;
        int at = from;
        do {
            BatchHeader header = BatchHeader.read(payload, at, payload.length - at);
            routes.add(header.route());
            count += header.count();
            header.ledger().forEach(entry -> add(ledger, entry));
            if (events) {
                addEvents(content, payload, at);
            }
            at = header.totalLength();
        } while (at < payload.length);
        object.put("route", String.join(", ", routes));
        object.put("events", count);
        object.set("ledger", ledger);
        if (events) {
            object.set("content", content);
        }
    }

    private static void add(ArrayNode ledger, BatchLedger.Entry entry) {
        ledger.addObject()
                .put("minute", entry.minute())
                .put("collector", entry.service())
                .put("source", entry.source())
                .put("counter", entry.counter().name().toLowerCase(Locale.ROOT))
                .put("reason", entry.reason())
                .put("count", entry.value());
    }

    private void addEvents(ArrayNode content, byte[] payload, int at) {
        BatchHeader ignored = decoder.decode(payload, at, payload.length - at, batch);
        Event event = new Event();
        for (int i = 0; i < batch.count(); i++) {
            content.add(Instance.JSON.readTree(json.toText(event.moveTo(batch, i))));
        }
    }
}
