package io.tocsin.core.search;

import io.tocsin.core.http.Metrics;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import(EventController.class)
public class SearchFeature {
    @Bean
    Tails tails(EventTail events, Metrics metrics) {
        return new Tails(events, metrics);
    }
}
