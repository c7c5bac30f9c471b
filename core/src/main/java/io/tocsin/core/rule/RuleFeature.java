package io.tocsin.core.rule;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import(RuleController.class)
public class RuleFeature {}
