package io.tocsin.pipeline.destination;

import io.tocsin.config.Address;
import io.tocsin.config.ValueType;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A peer that is reached over HTTP.
///
/// @param url where requests go
/// @param fallback used only while no other peer can be reached
record HttpPeer(URI url, boolean fallback) {
    /// A URL as configuration has it.
    static final ValueType<URI> TYPE = ValueType.ofText(
            "URL http://… or https://…",
            "a URL such as https://siem.example.org:8088/events",
            HttpPeer::parse,
            URI::toString);

    private static @Nullable URI parse(String text) {
        try {
            URI url = new URI(text);
            boolean known = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            return known && url.getHost() != null && url.getUserInfo() == null ? url : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    static List<HttpPeer> of(List<URI> first, List<URI> fallback) {
        List<HttpPeer> peers = new ArrayList<>();
        first.forEach(url -> peers.add(new HttpPeer(url, false)));
        fallback.forEach(url -> peers.add(new HttpPeer(url, true)));
        return List.copyOf(peers);
    }

    PeerAddress address() {
        return new PeerAddress(url.toString(), fallback);
    }

    /// Host and port that a connection goes to.
    Address endpoint() {
        int port = url.getPort() >= 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
        String host = url.getHost();
        return new Address(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
    }
}
