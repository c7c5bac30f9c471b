package io.tocsin.core.collector;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import(CollectorController.class)
public class CollectorFeature {}
