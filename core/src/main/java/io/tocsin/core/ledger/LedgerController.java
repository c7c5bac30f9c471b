package io.tocsin.core.ledger;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.TimeText;
import io.tocsin.core.storage.StoredEvents;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The event balance and the way of single events, for screens and commands.
@RestController
final class LedgerController {
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long DEFAULT_RANGE_MILLIS = Duration.ofHours(1).toMillis();
    private static final long MAX_RANGE_MILLIS = Duration.ofDays(31).toMillis();

    private final LedgerBalance balance;
    private final EventTracer tracer;
    private final InstantSource clock;

    LedgerController(LedgerBalance balance, EventTracer tracer, InstantSource clock) {
        this.balance = balance;
        this.tracer = tracer;
        this.clock = clock;
    }

    @GetMapping("/api/v1/ledger/event/{id}")
    EventTrace event(@PathVariable String id) {
        return tracer.trace(StoredEvents.id(id));
    }

    @GetMapping("/api/v1/ledger")
    LedgerBalance.Ledger ledger(
            @RequestParam(required = false) @Nullable String from,
            @RequestParam(required = false) @Nullable String to) {
        Long givenTo = TimeText.parse("to", to);
        Long givenFrom = TimeText.parse("from", from);
        // Whole minutes, because that is what both sides count.
        long until = Math.ceilDiv(givenTo == null ? clock.millis() + 1 : givenTo, MINUTE_MILLIS) * MINUTE_MILLIS;
        long since = givenFrom == null
                ? Math.max(0, until - DEFAULT_RANGE_MILLIS)
                : Math.floorDiv(givenFrom, MINUTE_MILLIS) * MINUTE_MILLIS;
        if (since >= until || until - since > MAX_RANGE_MILLIS) {
            throw ApiException.invalid("from", "must lie before to, by at most 31 days");
        }
        return balance.ledger(since, until);
    }
}
