package io.tocsin.pipeline.connector;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.pipeline.connector.proxy.TrustedProxies;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys that say whether PROXY headers are demanded, and whose are believed.
///
/// Thread-safety: one thread.
final class ProxyKeys {
    private final Key<Boolean> proxyProtocol;
    private final Key<List<String>> trusted;

    /// @param sentence what begins with a header, and what becomes of the rest
    /// @param verb what everybody can do who is trusted when no network is named
    ProxyKeys(ConfigSpec.Builder keys, String sentence, String verb) {
        proxyProtocol = keys.flag("proxyProtocol", sentence).defaultTo(false);
        trusted = keys.list(
                        "trustedProxies",
                        "Networks from which PROXY headers are accepted, such as 10.1.0.0/24; empty accepts them"
                                + " from everybody who can " + verb + ".",
                        ValueTypes.TEXT)
                .defaultTo(List.of());
    }

    /// @return null: no header is looked for
    @Nullable
    TrustedProxies read(Values values) {
        List<String> networks = values.get(trusted);
        if (values.get(proxyProtocol)) {
            try {
                return TrustedProxies.of(networks);
            } catch (IllegalArgumentException e) {
                values.refuse("trustedProxies", String.valueOf(e.getMessage()));
            }
        } else if (!networks.isEmpty()) {
            values.refuse("trustedProxies", "no PROXY header is looked for: set proxyProtocol: true");
        }
        return null;
    }
}
