package io.tocsin.core.collector;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a collector is configured like, in texts that can be compared with those of another process. Values stand by
/// their hashes; secrets and values of variables are no part of it.
///
/// @param fingerprint of all parts; null in the first moments
/// @param parts hash by key such as `connector.listen`, or by resource that it names such as `normalizer auto`
public record ConfigurationState(String name, @Nullable String fingerprint, Map<String, String> parts) {
    public ConfigurationState {
        parts = Map.copyOf(parts);
    }
}
