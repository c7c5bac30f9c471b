package io.tocsin.core;

import io.tocsin.core.alert.AlertIntake;
import io.tocsin.core.http.Metrics;
import io.tocsin.core.response.Responses;
import io.tocsin.core.user.Audit;
import java.net.URI;
import java.time.InstantSource;
import java.util.Map;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/// The running core: HTTPS server, REST interface and web interface.
///
/// There is no auto-configuration and no reading of the environment: what the core consists of stands in
/// [CoreConfiguration], how it runs in [CoreOptions].
///
/// Thread-safety: any thread.
public final class CoreServer implements AutoCloseable {
    private final AnnotationConfigServletWebServerApplicationContext context;
    private final String host;

    private CoreServer(AnnotationConfigServletWebServerApplicationContext context, String host) {
        this.context = context;
        this.host = host;
    }

    /// Starts the core and returns when it serves.
    ///
    /// @throws RuntimeException when it cannot start: the address is taken, the data folder is not writable, …
    public static CoreServer start(CoreOptions options, CorePorts ports) {
        return start(options, ports, InstantSource.system());
    }

    static CoreServer start(CoreOptions options, CorePorts ports, InstantSource clock) {
        AnnotationConfigServletWebServerApplicationContext context =
                new AnnotationConfigServletWebServerApplicationContext();
        StandardEnvironment environment = new StandardEnvironment();
        // Nothing outside of our records may change how the core runs.
        environment.getPropertySources().stream()
                .map(source -> source.getName())
                .toList()
                .forEach(name -> environment.getPropertySources().remove(name));
        environment.getPropertySources().addFirst(new MapPropertySource("core", Map.of()));
        context.setEnvironment(environment);
        context.registerBean(CoreOptions.class, () -> options);
        context.registerBean(CorePorts.class, () -> ports);
        context.registerBean(InstantSource.class, () -> clock);
        context.register(CoreConfiguration.class);
        try {
            context.refresh();
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
        context.getBean(Metrics.class).include(ports.metrics());
        return new CoreServer(context, options.host());
    }

    /// Returns where the core serves, e.g. `https://127.0.0.1:8443`.
    public URI address() {
        WebServer server = context.getWebServer();
        if (server == null) {
            throw new IllegalStateException("the core is closed");
        }
        String name = host.contains(":") ? "[" + host + "]" : host;
        return URI.create("https://" + name + ":" + server.getPort());
    }

    /// Returns where correlation hits go in.
    public AlertIntake alerts() {
        return context.getBean(AlertIntake.class);
    }

    /// Returns where it is written down what was done.
    public Audit audit() {
        return context.getBean(Audit.class);
    }

    /// Returns what is done by itself when something is found.
    public Responses responses() {
        return context.getBean(Responses.class);
    }

    ApplicationContext context() {
        return context;
    }

    /// Ends live tails, stops serving and closes the database.
    @Override
    public void close() {
        context.close();
    }
}
