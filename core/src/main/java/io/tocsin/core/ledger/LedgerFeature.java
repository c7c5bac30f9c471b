package io.tocsin.core.ledger;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import(LedgerController.class)
public class LedgerFeature {}
