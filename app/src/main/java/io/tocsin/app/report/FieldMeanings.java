package io.tocsin.app.report;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which of our fields is meant by a name of another system. Names that mean no field of the schema, such as words of
/// its own taxonomy, numbered data and what only one product has, are not there. Immutable.
///
/// Where the other system tells apart who acts and who is acted upon by the kind of event, and ours by who is the
/// source of a connection or of a process, both fields for accounts (or processes) are allowed.
///
/// @param fields ours by the name of the other system; a value has to be in one of them
record FieldMeanings(Map<String, List<String>> fields) {
    /// Any value may be anywhere.
    static final FieldMeanings ANYWHERE = new FieldMeanings(Map.of());

    private static final List<String> ACCOUNT = List.of("SourceUserName", "DestinationUserName");
    private static final List<String> DOMAIN = List.of("SourceNtDomain", "DestinationNtDomain");
    private static final List<String> ACCOUNT_ID = List.of("SourceUserID", "DestinationUserID");
    private static final List<String> PROCESS = List.of(
            "SourceProcessName", "DestinationProcessName", "DeviceProcessName", "processFile", "parentProcessFile");
    private static final List<String> PROCESS_ID =
            List.of("SourceProcessID", "DestinationProcessID", "DeviceProcessID");

    /// Events of the open content pack of another SIEM.
    static final FieldMeanings CONTENT_PACK = of(
            Map.of(
                    "msgid", List.of("DeviceEventClassID"),
                    "event_src.vendor", List.of("DeviceVendor"),
                    "event_src.title", List.of("DeviceProduct"),
                    "event_src.subsys", List.of("DeviceFacility"),
                    // the name without its domain stands beside the whole one
                    "event_src.hostname", List.of("DeviceHostName", "host"),
                    "event_src.fqdn", List.of("DeviceHostName"),
                    // a web server that writes the event is where the request went
                    "event_src.ip", List.of("DeviceAddress", "DestinationAddress"),
                    "time", List.of("DeviceReceiptTime"),
                    "status", List.of("EventOutcome"),
                    "logon_type", List.of("DeviceCustomNumber1")),
            Map.of(
                    "src.ip", List.of("SourceAddress"),
                    "src.port", List.of("SourcePort"),
                    "src.hostname", List.of("SourceHostName"),
                    "src.fqdn", List.of("SourceHostName"),
                    "dst.ip", List.of("DestinationAddress"),
                    "dst.port", List.of("DestinationPort"),
                    // a logon ends at the host that writes the event
                    "dst.hostname", List.of("DestinationHostName", "DeviceHostName", "host"),
                    "dst.fqdn", List.of("DestinationHostName", "DeviceHostName")),
            Map.of(
                    "subject.account.name", ACCOUNT,
                    "subject.account.domain", DOMAIN,
                    "subject.account.id", ACCOUNT_ID,
                    "object.account.name", ACCOUNT,
                    "object.account.domain", DOMAIN,
                    "object.account.id", ACCOUNT_ID,
                    "subject.process.name", PROCESS,
                    "subject.process.id", PROCESS_ID,
                    "object.process.name", PROCESS,
                    "object.process.id", PROCESS_ID));

    /// Logs of services in the words of the Elastic Common Schema.
    static final FieldMeanings ELASTIC = of(
            Map.of(
                    "@timestamp", List.of("DeviceReceiptTime", "StartTime"),
                    "source.ip", List.of("SourceAddress"),
                    "source.address", List.of("SourceAddress", "SourceHostName"),
                    "source.domain", List.of("SourceHostName"),
                    "source.port", List.of("SourcePort"),
                    "destination.ip", List.of("DestinationAddress"),
                    "destination.address", List.of("DestinationAddress", "DestinationHostName"),
                    "destination.domain", List.of("DestinationHostName"),
                    "destination.port", List.of("DestinationPort"),
                    "user.name", ACCOUNT),
            Map.of(
                    "http.request.method", List.of("RequestMethod"),
                    "http.request.referrer", List.of("RequestContext"),
                    "http.request.body.bytes", List.of("BytesIn", "BytesOut"),
                    "http.response.body.bytes", List.of("BytesIn", "BytesOut"),
                    "http.response.status_code", List.of("DeviceCustomNumber1"),
                    "url.original", List.of("RequestUrl"),
                    "url.path", List.of("RequestUrl"),
                    "url.query", List.of("RequestUrl", "RequestUrlQuery"),
                    "user_agent.original", List.of("RequestClientApplication"),
                    "message", List.of("Message")),
            Map.of(
                    "host.hostname", List.of("DeviceHostName"),
                    "process.name", List.of("DeviceProcessName"),
                    "process.pid", List.of("DeviceProcessID"),
                    "log.level", List.of("Severity"),
                    "event.outcome", List.of("EventOutcome"),
                    "system.auth.sudo.user", List.of("DestinationUserName"),
                    "system.auth.sudo.command", List.of("DestinationProcessName", "DeviceCustomString1")));

    FieldMeanings {
        fields = Map.copyOf(fields);
    }

    @SafeVarargs
    private static FieldMeanings of(Map<String, List<String>>... groups) {
        Map<String, List<String>> all = new HashMap<>();
        for (Map<String, List<String>> group : groups) {
            all.putAll(group);
        }
        return new FieldMeanings(all);
    }

    /// True when values of this name are looked for.
    boolean covers(String name) {
        return fields.isEmpty() || fields.containsKey(name);
    }

    /// True when the event has the value where it belongs.
    boolean isIn(EventValues event, String name, String value) {
        List<String> allowed = fields.get(name);
        return allowed == null ? event.has(value) : event.has(value, allowed);
    }
}
