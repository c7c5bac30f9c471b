package io.tocsin.app.report;

import io.tocsin.pipeline.enrich.geo.MaxMindDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Geo databases with the records from which they were made: the first address of every network gives its record.
final class GeoNetworks implements DataSet {
    @Override
    public String name() {
        return "geoip";
    }

    @Override
    public String folder() {
        return "geoip";
    }

    @Override
    public String passes() {
        return "the first address of a network gives its record";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (Path file : DataFiles.below(folder)) {
            String name = String.valueOf(file.getFileName());
            Path database = file.resolveSibling(name.replace(".json.gz", ".mmdb"));
            if (name.endsWith(".json.gz") && Files.exists(database)) {
                MaxMindDatabase open = MaxMindDatabase.open(database);
                for (JsonNode networks : DataFiles.json(file)) {
                    for (Map.Entry<String, JsonNode> network : networks.properties()) {
                        tally.add(name + " " + network.getKey(), compare(open, network.getKey(), network.getValue()));
                    }
                }
            }
        }
    }

    private static List<String> compare(MaxMindDatabase database, String network, JsonNode expected)
            throws IOException {
        String text = network.substring(0, network.indexOf('/'));
        byte[] address = InetAddress.getByName(text).getAddress();
        ByteBuffer bytes = ByteBuffer.wrap(address);
        boolean ipv4 = address.length == 4;
        long high = ipv4 ? 0 : bytes.getLong();
        int offset = database.find(high, ipv4 ? Integer.toUnsignedLong(bytes.getInt()) : bytes.getLong(), ipv4);
        List<String> missing = new ArrayList<>();
        if (offset < 0) {
            missing.add("no record");
        } else {
            missing(expected, Normalization.JSON.valueToTree(database.record(offset)), "", missing);
        }
        return missing;
    }

    private static void missing(JsonNode expected, JsonNode found, String path, List<String> missing) {
        if (expected.isObject()) {
            expected.properties()
                    .forEach(one ->
                            missing(one.getValue(), found.path(one.getKey()), path + "/" + one.getKey(), missing));
        } else if (expected.isArray()) {
            for (int i = 0; i < expected.size(); i++) {
                missing(expected.path(i), found.path(i), path + "/" + i, missing);
            }
        } else if (expected.isNumber() ? expected.asDouble() != found.asDouble() : !expected.equals(found)) {
            missing.add(path + "=" + expected + " is " + found);
        }
    }
}
