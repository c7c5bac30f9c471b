package io.tocsin.pipeline.normalizer;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import java.util.List;

/// Where the values of flow records go when nothing is said. Parts of a record are named as IANA names information
/// elements; others are `product`, `version`, `name`, `category`, `exporter`, `exportTime`, `flowStart`, `flowEnd`,
/// `transport` (name of the protocol), `action`, `endReason` and `application` (name of the application).
final class FlowDefaults {
    private FlowDefaults() {}

    static void add(SourceMapping mapping) {
        header(mapping);
        to(mapping, Field.SOURCE_ADDRESS, "sourceIPv4Address", "sourceIPv6Address");
        to(mapping, Field.DESTINATION_ADDRESS, "destinationIPv4Address", "destinationIPv6Address");
        to(mapping, Field.SOURCE_PORT, "sourceTransportPort");
        to(mapping, Field.DESTINATION_PORT, "destinationTransportPort");
        whenEmpty(mapping, Field.SOURCE_PORT, "tcpSourcePort", "udpSourcePort");
        whenEmpty(mapping, Field.DESTINATION_PORT, "tcpDestinationPort", "udpDestinationPort");
        to(mapping, Field.SOURCE_MAC_ADDRESS, "sourceMacAddress");
        to(mapping, Field.DESTINATION_MAC_ADDRESS, "destinationMacAddress");
        to(mapping, Field.BYTES_IN, "octetDeltaCount");
        only(mapping, Field.BYTES_IN, "octetTotalCount", "initiatorOctets");
        to(mapping, Field.BYTES_OUT, "postOctetDeltaCount");
        only(
                mapping,
                Field.BYTES_OUT,
                "postOctetTotalCount",
                "responderOctets",
                "reverseOctetDeltaCount",
                "reverseOctetTotalCount");
        to(mapping, Field.DEVICE_INBOUND_INTERFACE, "ingressInterface");
        to(mapping, Field.DEVICE_OUTBOUND_INTERFACE, "egressInterface");
        to(mapping, Field.DEVICE_DIRECTION, "flowDirection");
        to(
                mapping,
                Field.SOURCE_TRANSLATED_ADDRESS,
                "postNATSourceIPv4Address",
                "postNATSourceIPv6Address",
                "xlateSourceIPv4Address");
        to(
                mapping,
                Field.DESTINATION_TRANSLATED_ADDRESS,
                "postNATDestinationIPv4Address",
                "postNATDestinationIPv6Address",
                "xlateDestinationIPv4Address");
        to(mapping, Field.SOURCE_TRANSLATED_PORT, "postNAPTSourceTransportPort", "xlateSourceTransportPort");
        to(
                mapping,
                Field.DESTINATION_TRANSLATED_PORT,
                "postNAPTDestinationTransportPort",
                "xlateDestinationTransportPort");
        to(mapping, Field.SOURCE_USER_NAME, "userName", "aaaUserName", "panUserId", "netscalerAaaUsername");
        to(mapping, Field.APPLICATION_PROTOCOL, "panAppId");
        to(mapping, Field.DEVICE_ADDRESS, "exporterIPv4Address", "exporterIPv6Address");
        to(mapping, Field.REQUEST_METHOD, "httpRequestMethod", "netscalerHttpReqMethod");
        to(mapping, Field.REQUEST_URL, "httpRequestTarget", "netscalerHttpReqUrl");
        to(mapping, Field.REQUEST_CLIENT_APPLICATION, "httpUserAgent", "netscalerHttpReqUserAgent");
        to(mapping, Field.REQUEST_CONTEXT, "netscalerHttpReqReferer");
        to(mapping, Field.DESTINATION_HOST_NAME, "httpRequestHost", "netscalerHttpReqHost");
        whenEmpty(mapping, Field.START_TIME, "observationTimeMilliseconds", "observationTimeSeconds");
    }

    private static void header(SourceMapping mapping) {
        to(mapping, Field.DEVICE_PRODUCT, "product");
        to(mapping, Field.DEVICE_VERSION, "version");
        to(mapping, Field.NAME, "name");
        to(mapping, Field.DEVICE_EVENT_CATEGORY, "category");
        only(mapping, Field.DEVICE_ADDRESS, "exporter");
        to(mapping, Field.DEVICE_RECEIPT_TIME, "exportTime");
        to(mapping, Field.START_TIME, "flowStart");
        to(mapping, Field.END_TIME, "flowEnd");
        to(mapping, Field.TRANSPORT_PROTOCOL, "transport");
        to(mapping, Field.DEVICE_ACTION, "action");
        to(mapping, Field.REASON, "endReason");
        only(mapping, Field.APPLICATION_PROTOCOL, "application");
    }

    private static void to(SourceMapping mapping, Field field, String... parts) {
        for (String part : parts) {
            mapping.add(part, Target.of(field));
        }
    }

    /// Fills the field when nothing else did.
    private static void only(SourceMapping mapping, Field field, String... parts) {
        for (String part : parts) {
            mapping.add(part, Target.of(field, List.of(), null, "", true));
        }
    }

    /// Fills the field when nothing else did, and keeps the value under its own name.
    private static void whenEmpty(SourceMapping mapping, Field field, String... parts) {
        only(mapping, field, parts);
        for (String part : parts) {
            mapping.add(part, Target.of(DynamicKind.N, part, List.of()));
        }
    }
}
