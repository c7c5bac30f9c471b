package io.tocsin.core.service;

import io.tocsin.core.http.Metrics;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import({ServiceController.class, HealthController.class})
public class ServiceFeature {
    @Bean(initMethod = "start", destroyMethod = "close")
    ServiceHistory serviceHistory(ServiceStates states, InstantSource clock, Metrics metrics) {
        return new ServiceHistory(states, clock, metrics);
    }
}
