package io.tocsin.pipeline.enrich.lookup;

import io.tocsin.config.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How to reach a directory and what to ask it. Immutable.
///
/// @param servers directories in the order in which they are tried; all encrypted or none
/// @param startTls turns a plain connection into an encrypted one
/// @param trust file with certificates to trust, or null: those of the Java installation
/// @param user distinguished name to sign in with, or null
/// @param base where to search
/// @param filter with `{key}` for the name
/// @param attributes what answers hold, in this order
public record LdapOptions(
        List<Server> servers,
        boolean encrypted,
        boolean startTls,
        @Nullable Path trust,
        @Nullable String user,
        @Nullable Secret secret,
        String base,
        String filter,
        List<String> attributes,
        Duration timeout) {
    /// Where a directory listens.
    public record Server(String host, int port) {}

    public LdapOptions {
        servers = List.copyOf(servers);
        attributes = List.copyOf(attributes);
    }

    /// @param urls `ldap://host[:port]` or `ldaps://host[:port]`
    /// @throws IllegalArgumentException when one is something else
    public static LdapOptions of(
            List<String> urls,
            boolean startTls,
            @Nullable Path trust,
            @Nullable String user,
            @Nullable Secret secret,
            String base,
            String filter,
            List<String> attributes,
            Duration timeout) {
        boolean encrypted = urls.stream().anyMatch(url -> url.startsWith("ldaps://"));
        List<Server> servers = urls.stream()
                .map(url -> {
                    URI uri = URI.create(url);
                    boolean secure = "ldaps".equals(uri.getScheme());
                    if (uri.getHost() == null || secure != encrypted || (!secure && !"ldap".equals(uri.getScheme()))) {
                        throw new IllegalArgumentException(
                                "not a directory such as ldap://host:389, or not all encrypted alike [server=" + url
                                        + "]");
                    }
                    return new Server(uri.getHost(), uri.getPort() > 0 ? uri.getPort() : secure ? 636 : 389);
                })
                .toList();
        return new LdapOptions(servers, encrypted, startTls, trust, user, secret, base, filter, attributes, timeout);
    }
}
