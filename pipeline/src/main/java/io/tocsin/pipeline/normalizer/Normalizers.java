package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The normalizers that are always there: one for each format that needs no settings, and `auto`, which picks by
/// content. Written in the same language as everybody's. Immutable.
public final class Normalizers {
    private static final String SOURCE = """
            kind: normalizer
            name: cef
            spec:
              format: cef
              mapping:
                - { from: prefix, to: Extra.prefix }
              nested:
                - name: syslog
                  source: prefix
                  normalizer:
                    format: syslog
                    defaults: false
                    keepExtra: false
                    mapping:
                      - { from: host, to: DeviceHostName, ifEmpty: true }
                      - { from: ip, to: DeviceAddress, ifEmpty: true }
                      - { from: time, to: DeviceReceiptTime, ifEmpty: true }
                      - { from: facility, to: DeviceFacility, ifEmpty: true }
            ---
            kind: normalizer
            name: csv
            spec:
              format: { type: csv, header: first }
            ---
            kind: normalizer
            name: json
            spec:
              format: json
            ---
            kind: normalizer
            name: ipfix
            spec:
              format: ipfix
              keepRaw: error
            ---
            kind: normalizer
            name: netflow
            spec:
              format: netflow
              keepRaw: error
            ---
            kind: normalizer
            name: netflow5
            spec:
              format: netflow5
              keepRaw: error
            ---
            kind: normalizer
            name: netflow9
            spec:
              format: netflow9
              keepRaw: error
            ---
            kind: normalizer
            name: sflow5
            spec:
              format: sflow5
              keepRaw: error
            ---
            kind: normalizer
            name: kv
            spec:
              format: kv
            ---
            kind: normalizer
            name: leef
            spec:
              format: leef
              mapping:
                - { from: prefix, to: Extra.prefix }
              nested:
                - name: syslog
                  source: prefix
                  normalizer:
                    format: syslog
                    defaults: false
                    keepExtra: false
                    mapping:
                      - { from: host, to: DeviceHostName, ifEmpty: true }
                      - { from: ip, to: DeviceAddress, ifEmpty: true }
                      - { from: time, to: DeviceReceiptTime, ifEmpty: true }
                      - { from: facility, to: DeviceFacility, ifEmpty: true }
            ---
            kind: normalizer
            name: sql
            spec:
              format: sql
            ---
            kind: normalizer
            name: syslog
            spec:
              format: syslog
            ---
            kind: normalizer
            name: tsv
            spec:
              format: { type: tsv, header: directives }
            ---
            kind: normalizer
            name: xml
            spec:
              format: xml
            ---
            kind: normalizer
            name: auto
            spec:
              format: text
              requireNested: true
              nested:
                - when: { startsWith: "{" }
                  normalizer: json
                - when: { startsWith: "CEF:" }
                  normalizer: cef
                - when: { startsWith: "LEEF:" }
                  normalizer: leef
                - when: { startsWith: [ "#separator", "#set_separator", "#empty_field", "#unset_field", "#path", "#open", "#fields", "#types", "#close" ] }
                  normalizer: tsv
                - name: syslog
                  normalizer:
                    format: syslog
                    nested:
                      - when: { source: msg, startsWith: "CEF:" }
                        source: msg
                        normalizer: cef
                      - when: { source: msg, startsWith: "LEEF:" }
                        source: msg
                        normalizer: leef
                      - when: { source: msg, startsWith: "{" }
                        source: msg
                        normalizer: json
                - normalizer: cef
                - when: { contains: "LEEF:" }
                  normalizer: leef
                - when: { startsWith: "<" }
                  normalizer: xml
                - when: { startsWith: [ " ", "\\t", "\\uFEFF" ] }
                  normalizer: json
                - when: { contains: "\\t" }
                  normalizer: tsv
                - normalizer: kv
            """;

    private static final Map<String, ConfigNode> ALL = read();

    private Normalizers() {}

    private static Map<String, ConfigNode> read() {
        Problems problems = new Problems();
        Map<String, ConfigNode> all = new LinkedHashMap<>();
        for (ConfigNode document : YamlReader.readAll("built-in normalizers", SOURCE, problems)) {
            if (document instanceof ConfigNode.Mapping mapping) {
                all.put(String.valueOf(mapping.text("name")), document);
            }
        }
        problems.throwIfAny();
        return Map.copyOf(all);
    }

    /// The built-in normalizer with this name as a resource, or null.
    public static @Nullable ConfigNode builtIn(String name) {
        return ALL.get(name);
    }

    /// Names of the built-in normalizers in alphabetical order.
    public static List<String> names() {
        return ALL.keySet().stream().sorted().toList();
    }

    /// The formats that the key `format` of a normalizer takes, in alphabetical order.
    public static List<? extends ComponentSpec<?>> formats() {
        return Formats.ALL;
    }

    /// The conversions that a mapping takes, in alphabetical order.
    public static List<? extends ComponentSpec<?>> conversions() {
        return Conversions.specs();
    }
}
