package io.tocsin.core.user;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Stops guessing of passwords: at most ten failed attempts per login in any minute. Attempts are counted when they
/// begin and given back when they succeed, so that parallel guesses do not slip through. Only so many logins are
/// remembered; the longest unused is forgotten first.
///
/// Thread-safety: any thread.
final class LoginThrottle {
    static final int MAX_FAILURES = 10;
    static final long WINDOW_MILLIS = 60_000;
    static final int MAX_LOGINS = 10_000;

    private final InstantSource clock;
    private final Map<String, ArrayDeque<Long>> attempts = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ArrayDeque<Long>> eldest) {
            return size() > MAX_LOGINS;
        }
    };
    private long refused;
    private long failed;

    LoginThrottle(InstantSource clock) {
        this.clock = clock;
    }

    /// Counts an attempt. Returns 0 when it may be made, else after how many milliseconds the next one may.
    synchronized long begin(String login) {
        long now = clock.millis();
        ArrayDeque<Long> times = attempts.computeIfAbsent(key(login), _ -> new ArrayDeque<>());
        while (!times.isEmpty() && (times.getFirst() <= now - WINDOW_MILLIS || times.getFirst() > now)) {
            times.removeFirst();
        }
        if (times.size() >= MAX_FAILURES) {
            refused++;
            return times.getFirst() + WINDOW_MILLIS - now;
        }
        times.addLast(now);
        failed++;
        return 0;
    }

    /// Forgets the attempts of a login that has just proved itself.
    synchronized void succeeded(String login) {
        attempts.remove(key(login));
        failed--;
    }

    synchronized long refused() {
        return refused;
    }

    synchronized long failed() {
        return failed;
    }

    private static String key(String login) {
        String lower = login.toLowerCase(Locale.ROOT);
        return lower.length() <= 200 ? lower : Secrets.fingerprint(lower);
    }
}
