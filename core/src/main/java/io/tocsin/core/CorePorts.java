package io.tocsin.core;

import io.tocsin.core.collector.CollectorView;
import io.tocsin.core.ledger.LedgerAlarm;
import io.tocsin.core.ledger.LedgerView;
import io.tocsin.core.rule.RuleList;
import io.tocsin.core.search.EventTail;
import io.tocsin.core.service.ServiceStates;
import io.tocsin.core.table.TableStores;
import java.net.URI;
import java.util.function.Supplier;

/// What the core asks of the rest of the installation.
///
/// @param storage address of the storage service, asked for each request because it may move when the service
/// restarts
/// @param alarm takes what the ledger misses
/// @param metrics OpenMetrics text, without its last line, of the other services that run in this process
public record CorePorts(
        Supplier<URI> storage,
        ServiceStates services,
        CollectorView collectors,
        LedgerView ledger,
        LedgerAlarm alarm,
        RuleList rules,
        TableStores tables,
        EventTail tail,
        Supplier<String> metrics) {}
