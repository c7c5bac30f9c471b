package io.tocsin.core.ledger;

import io.tocsin.core.storage.StorageClient;
import io.tocsin.core.storage.StoredEvents;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import(LedgerController.class)
public class LedgerFeature {
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();

    @Bean
    LedgerBalance ledgerBalance(StorageClient storage, LedgerView view) {
        return new LedgerBalance(storage, view);
    }

    @Bean
    EventTracer eventTracer(StorageClient storage, LedgerView view) {
        return new EventTracer(new StoredEvents(storage), view);
    }

    @Bean(destroyMethod = "close")
    LedgerWatch ledgerWatch(LedgerBalance balance, LedgerAlarm alarm, InstantSource clock) {
        return new LedgerWatch(
                        minute -> balance.ledger(minute, minute + MINUTE_MILLIS).entries(), alarm, clock)
                .start();
    }
}
