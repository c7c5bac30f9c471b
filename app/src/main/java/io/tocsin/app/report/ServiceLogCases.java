package io.tocsin.app.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Logs of web servers, databases and Linux, each line with what another collector made of it. Counted are the
/// expected values that are there, in whatever field or in the one that means the same.
///
/// Left out is what the text does not say: names that the other collector gives to itself and to its module, offsets,
/// places on the map, and what it concludes from the name of a browser.
final class ServiceLogCases implements DataSet {
    private static final List<String> NOT_IN_THE_TEXT = List.of(
            "ecs.",
            "event.dataset",
            "event.module",
            "event.kind",
            "event.category",
            "event.type",
            "fileset.",
            "input.",
            "log.offset",
            "log.flags",
            "service.type",
            "source.geo.",
            "source.as.",
            "destination.geo.",
            "user_agent.device.",
            "user_agent.name",
            "user_agent.os.",
            "user_agent.version");

    private final String name;
    private final FieldMeanings meanings;
    private final double barPercent;

    /// @param meanings where values have to be
    ServiceLogCases(String name, FieldMeanings meanings, double barPercent) {
        this.name = name;
        this.meanings = meanings;
        this.barPercent = barPercent;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String folder() {
        return "web-and-services/filebeat";
    }

    @Override
    public String passes() {
        return meanings.equals(FieldMeanings.ANYWHERE)
                ? "an expected value is in the event"
                : "an expected value is in the field that means the same";
    }

    @Override
    public double barPercent() {
        return barPercent;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (Path file : DataFiles.below(folder)) {
            Path log = file.resolveSibling(
                    String.valueOf(file.getFileName()).replaceFirst("-expected\\.json(\\.gz)?$", ""));
            if (!log.equals(file) && Files.exists(log)) {
                run(folder.relativize(log).toString(), log, DataFiles.json(file), normalization, tally);
            }
        }
    }

    private void run(String name, Path log, JsonNode expected, Normalization normalization, Tally tally)
            throws IOException {
        byte[] bytes = DataFiles.bytes(log);
        Map<Integer, JsonNode> byOffset = new HashMap<>();
        boolean multiline = false;
        for (JsonNode one : expected) {
            byOffset.put(one.path("log.offset").asInt(), one);
            multiline |= one.path("log.flags").toString().contains("multiline");
        }
        Normalization.Stream auto = normalization.stream("auto");
        for (int at = 0; at < bytes.length; ) {
            int end = lineEnd(bytes, at);
            while (multiline && end < bytes.length && !byOffset.containsKey(end)) {
                end = lineEnd(bytes, end);
            }
            JsonNode wanted = byOffset.get(at);
            String text = new String(Arrays.copyOfRange(bytes, at, end), StandardCharsets.UTF_8).stripTrailing();
            if (!text.isEmpty()) {
                List<JsonNode> events = auto.events(log.toString(), text);
                if (wanted != null) {
                    compare(name + ":" + at, wanted, events, tally);
                }
            }
            at = end;
        }
    }

    private static int lineEnd(byte[] bytes, int from) {
        int end = from;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        return Math.min(bytes.length, end + 1);
    }

    private void compare(String name, JsonNode wanted, List<JsonNode> events, Tally tally) {
        List<EventValues> values = events.stream().map(EventValues::new).toList();
        List<String> missing = new ArrayList<>();
        int expected = 0;
        for (Map.Entry<String, JsonNode> one : wanted.properties()) {
            String key = one.getKey();
            String value = one.getValue().isValueNode() ? one.getValue().asString() : "";
            if (meanings.covers(key)
                    && NOT_IN_THE_TEXT.stream().noneMatch(key::startsWith)
                    && !value.isEmpty()
                    && !value.equals("-")) {
                expected++;
                if (values.stream().noneMatch(event -> has(event, key, value))) {
                    missing.add(key + "=" + value);
                }
            }
        }
        tally.add(name, expected, missing.size(), missing);
    }

    private boolean has(EventValues event, String key, String value) {
        if (meanings.isIn(event, key, value)) {
            return true;
        }
        // The other collector counts in nanoseconds what the text says in milliseconds or seconds.
        if (key.equals("event.duration") && value.endsWith("000000")) {
            String millis = value.substring(0, value.length() - 6);
            return event.has(millis) || event.has(Double.toString(Long.parseLong(millis) / 1000.0));
        }
        return false;
    }
}
