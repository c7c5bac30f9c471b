package io.tocsin.pipeline.connector.http;

import java.util.LinkedHashMap;
import java.util.Map;

/// Remembers when keys of requests came first that tell no time themselves, for as long as the process runs and there
/// are not too many: at most 65,536, about 6 MiB; the one that was not used for longest goes first.
///
/// Thread-safety: any thread.
public final class KnownKeys {
    private static final int MAXIMUM_KEYS = 1 << 16;

    private final Map<Long, Long> first;

    public KnownKeys() {
        this(MAXIMUM_KEYS);
    }

    KnownKeys(int maximum) {
        first = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
                return size() > maximum;
            }
        };
    }

    /// When the key came first.
    ///
    /// @param key a hash of it
    /// @param nowMillis now, milliseconds since 1970
    synchronized long firstMillis(long key, long nowMillis) {
        Long known = first.putIfAbsent(key, nowMillis);
        return known == null ? nowMillis : known;
    }
}
