package io.tocsin.core;

import io.tocsin.core.alert.AlertFeature;
import io.tocsin.core.collector.CollectorFeature;
import io.tocsin.core.collector.CollectorView;
import io.tocsin.core.http.HttpFeature;
import io.tocsin.core.http.TlsIdentity;
import io.tocsin.core.ledger.LedgerAlarm;
import io.tocsin.core.ledger.LedgerFeature;
import io.tocsin.core.ledger.LedgerView;
import io.tocsin.core.repository.Database;
import io.tocsin.core.response.ResponseFeature;
import io.tocsin.core.rule.RuleFeature;
import io.tocsin.core.rule.RuleList;
import io.tocsin.core.search.EventTail;
import io.tocsin.core.search.SearchFeature;
import io.tocsin.core.service.ServiceFeature;
import io.tocsin.core.service.ServiceStates;
import io.tocsin.core.storage.StorageClient;
import io.tocsin.core.table.TableFeature;
import io.tocsin.core.table.TableStore;
import io.tocsin.core.table.TableStores;
import io.tocsin.core.user.DataFolder;
import io.tocsin.core.user.UserFeature;
import java.io.IOException;
import java.net.InetAddress;
import java.time.InstantSource;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/// The list of what the core consists of: the features, the parts they share and the server.
@Configuration(proxyBeanMethods = false)
@Import({
    AlertFeature.class,
    CollectorFeature.class,
    HttpFeature.class,
    LedgerFeature.class,
    ResponseFeature.class,
    RuleFeature.class,
    SearchFeature.class,
    ServiceFeature.class,
    TableFeature.class,
    UserFeature.class,
})
class CoreConfiguration {
    @Bean(destroyMethod = "close")
    Database database(CoreOptions options) {
        return Database.open(options.dataFolder().resolve("core").resolve("tocsin.sqlite"));
    }

    @Bean(destroyMethod = "close")
    StorageClient storageClient(CoreOptions options, CorePorts ports, JsonMapper mapper) {
        return new StorageClient(ports.storage(), options.installationSecret(), mapper);
    }

    @Bean
    DataFolder dataFolder(CoreOptions options) {
        return new DataFolder(options.dataFolder());
    }

    @Bean
    ServiceStates serviceStates(CorePorts ports) {
        return ports.services();
    }

    @Bean
    CollectorView collectorView(CorePorts ports) {
        return ports.collectors();
    }

    @Bean
    LedgerView ledgerView(CorePorts ports) {
        return ports.ledger();
    }

    @Bean
    LedgerAlarm ledgerAlarm(CorePorts ports) {
        return ports.alarm();
    }

    @Bean
    RuleList ruleList(CorePorts ports) {
        return ports.rules();
    }

    @Bean
    TableStores tableStores(CorePorts ports) {
        return ports.tables();
    }

    @Bean
    TableStore tableStore(CorePorts ports) {
        return ports.tables().local();
    }

    @Bean
    EventTail eventTail(CorePorts ports) {
        return ports.tail();
    }

    @Bean
    JettyServletWebServerFactory webServerFactory(CoreOptions options, InstantSource clock, JsonMapper mapper)
            throws IOException {
        TlsIdentity identity = TlsIdentity.openOrMake(options.dataFolder().resolve("tls"), clock);
        return new HttpsServer(identity, mapper).factory(InetAddress.getByName(options.host()), options.port());
    }
}
