package io.tocsin.core.ledger;

import io.tocsin.core.storage.StorageClient;
import io.tocsin.core.storage.StoredEvents;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import(LedgerController.class)
public class LedgerFeature {
    @Bean
    LedgerBalance ledgerBalance(StorageClient storage, LedgerView view) {
        return new LedgerBalance(storage, view);
    }

    @Bean
    EventTracer eventTracer(StorageClient storage, LedgerView view) {
        return new EventTracer(new StoredEvents(storage), view);
    }

    @Bean(destroyMethod = "close")
    LedgerWatch ledgerWatch(LedgerBalance balance, StorageClient storage, LedgerAlarm alarm, InstantSource clock) {
        return new LedgerWatch(new StoredLedger(balance, storage), alarm, clock).start();
    }
}
