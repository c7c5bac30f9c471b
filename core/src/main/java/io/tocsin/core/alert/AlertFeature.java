package io.tocsin.core.alert;

import io.tocsin.core.http.Metrics;
import io.tocsin.core.repository.Database;
import io.tocsin.core.user.Audit;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import({AlertController.class, RuleExceptionController.class, SuppressionController.class})
public class AlertFeature {
    @Bean
    Alerts alerts(Database database, JsonMapper mapper, InstantSource clock, Suppressions suppressions) {
        return new Alerts(database, mapper, clock, suppressions);
    }

    @Bean
    Suppressions suppressions(Database database, InstantSource clock, Audit audit) {
        return new Suppressions(database, clock, audit);
    }

    @Bean
    RuleExceptions ruleExceptions(Database database, JsonMapper mapper, InstantSource clock, Audit audit) {
        return new RuleExceptions(database, mapper, clock, audit);
    }

    @Bean
    AlertIntake alertIntake(
            Database database,
            JsonMapper mapper,
            InstantSource clock,
            Metrics metrics,
            RuleExceptions exceptions,
            Suppressions suppressions,
            HitListener listener) {
        return new AlertIntake(database, mapper, clock, metrics, exceptions, suppressions, listener);
    }

    @Bean(destroyMethod = "close")
    AlertRetention alertRetention(Database database, InstantSource clock) {
        return new AlertRetention(database, clock).start();
    }
}
