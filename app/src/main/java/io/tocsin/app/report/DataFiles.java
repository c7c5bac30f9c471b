package io.tocsin.app.report;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;

/// Reads files of data sets, packed or not.
final class DataFiles {
    private DataFiles() {}

    static byte[] bytes(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            if (file.toString().endsWith(".gz")) {
                try (InputStream unpacked = new GZIPInputStream(in)) {
                    return unpacked.readAllBytes();
                }
            }
            return in.readAllBytes();
        }
    }

    static String text(Path file) throws IOException {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }

    static List<String> lines(Path file) throws IOException {
        return text(file).lines().toList();
    }

    static JsonNode json(Path file) throws IOException {
        return Normalization.JSON.readTree(bytes(file));
    }

    /// Files below a folder in alphabetical order.
    static List<Path> below(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
