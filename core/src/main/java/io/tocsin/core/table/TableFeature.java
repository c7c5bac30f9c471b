package io.tocsin.core.table;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import(TableController.class)
public class TableFeature {}
