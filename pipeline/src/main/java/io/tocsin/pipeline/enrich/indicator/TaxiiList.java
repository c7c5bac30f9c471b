package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.Values;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A collection of a TAXII 2.1 server. What it gave is kept in a file, so that the list is there after a restart and
/// while the server is away; only what was added since is asked for.
///
/// @param apiRoot address of the API root, ending with a slash
/// @param collection id, alias or title of the collection
/// @param user for basic authentication, or null
/// @param secret password of the user, or bearer token when there is no user
/// @param interval how often the server is asked
/// @param timeout for one request
/// @param pageSize objects that one request asks for
record TaxiiList(
        ListDefaults defaults,
        URI apiRoot,
        String collection,
        @Nullable String user,
        @Nullable Secret secret,
        Duration interval,
        Duration timeout,
        int pageSize)
        implements IndicatorList {
    static final ComponentSpec<IndicatorList> SPEC =
            ComponentSpec.of("taxii", "Indicators of a collection of a TAXII 2.1 server.", TaxiiList::keys);

    private static Function<Values, IndicatorList> keys(ConfigSpec.Builder keys) {
        var defaults = new ListDefaults.Keys(keys);
        var url = keys.text("url", "Address of the API root.")
                .example("https://taxii.example/api1/")
                .required();
        var collection =
                keys.text("collection", "Id, alias or title of the collection.").required();
        var user = keys.text("user", "User for basic authentication.").optional();
        var secret = keys.secret("secret", "Password of the user; a bearer token when there is no user.")
                .optional();
        var interval = keys.duration(
                        "interval", "How often the server is asked.", Duration.ofSeconds(1), Duration.ofDays(7))
                .defaultTo(Duration.ofMinutes(15));
        var timeout = keys.duration("timeout", "For one request.", Duration.ofSeconds(1), Duration.ofMinutes(10))
                .defaultTo(Duration.ofSeconds(60));
        var pageSize = keys.integer("pageSize", "Objects that one request asks for.", 1, 10_000)
                .defaultTo(1000);
        return values -> new TaxiiList(
                defaults.read(values),
                root(values.get(url)),
                values.get(collection),
                values.get(user),
                values.get(secret),
                values.get(interval),
                values.get(timeout),
                values.get(pageSize));
    }

    private static URI root(String text) {
        URI uri = URI.create(text.endsWith("/") ? text : text + "/");
        if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
            throw new IllegalArgumentException("an http or https address is expected [url=" + text + "]");
        }
        return uri;
    }

    @Override
    public String name() {
        return defaults.name();
    }

    @Override
    public Path file(Path folder) {
        return folder.resolve(defaults.name().replaceAll("[^A-Za-z0-9._-]", "_") + ".taxii.json");
    }

    @Override
    public TaxiiList server() {
        return this;
    }

    @Override
    public void read(Path file, IndicatorSink sink) throws IOException {
        StixList.read(file, defaults, sink);
    }
}
