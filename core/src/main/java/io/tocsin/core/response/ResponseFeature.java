package io.tocsin.core.response;

import io.tocsin.core.http.Metrics;
import io.tocsin.core.repository.Database;
import io.tocsin.core.table.TableStore;
import io.tocsin.core.user.Audit;
import io.tocsin.core.user.DataFolder;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/// What this package adds to the core.
@Configuration(proxyBeanMethods = false)
@Import({AlertResponseController.class, ResponseController.class})
public class ResponseFeature {
    @Bean(destroyMethod = "close")
    Responses responses(
            Database database,
            JsonMapper mapper,
            InstantSource clock,
            Metrics metrics,
            Audit audit,
            TableStore tables,
            DataFolder folder) {
        return new Responses(
                new ResponseRuns(database, clock, audit),
                mapper,
                clock,
                folder.path().resolve("scripts"),
                tables,
                metrics);
    }
}
