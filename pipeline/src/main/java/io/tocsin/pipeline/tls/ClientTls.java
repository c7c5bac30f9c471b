package io.tocsin.pipeline.tls;

import io.tocsin.config.ConfigSpec;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a connection that we make speaks TLS, as configuration says. Embed it as a mapping and open it once:
///
/// ```java
/// var tls = keys.nested("tls", "Speaks TLS with the peer.", ClientTls.SPEC).optional();
/// …
/// ClientTlsContext context = tls.open();                          // reads the files, throws with file and reason
/// SSLSocket socket = context.socket(connected, host, port);       // shakes hands
/// HttpClient.newBuilder().sslContext(context.context()).sslParameters(context.parameters())
/// ```
///
/// @param verify what is verified of the peer's certificate
/// @param authorities PEM file of the authorities of servers; null: those that the Java runtime trusts
/// @param certificate PEM file of the own certificate; null: none is shown
/// @param key PEM file of its private key, null only without a certificate
/// @param serverName the name that is asked for (SNI) and verified; null: the host that is connected to
public record ClientTls(
        Verify verify,
        @Nullable Path authorities,
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable String serverName,
        TlsVersion minimumVersion) {
    /// What is verified of the peer's certificate.
    public enum Verify {
        /// Authority and name.
        FULL,
        /// Authority only: any host that it signed for may answer.
        AUTHORITIES,
        /// Nothing: whoever answers can read and change what is sent.
        NONE
    }

    /// Authority and name are verified with what the Java runtime trusts.
    public static final ClientTls DEFAULT = new ClientTls(Verify.FULL, null, null, null, null, TlsVersion.TLS_1_2);

    /// The keys of the mapping.
    public static final ConfigSpec<ClientTls> SPEC =
            ConfigSpec.of("tls", "Speaks TLS 1.2 or 1.3; files are read again when they change.", keys -> {
                var verify = keys.choice(
                                "verify",
                                "What of the peer's certificate is verified: full its authority and name, authorities"
                                        + " only the authority, none nothing at all, which lets anybody in between read"
                                        + " and change what is sent.",
                                Verify.class)
                        .defaultTo(Verify.FULL);
                var authorities = keys.text(
                                "authorities",
                                "PEM file of the authorities that sign the peer's certificate; without it those that"
                                        + " the Java runtime trusts.")
                        .example("/etc/tocsin/tls/authority.pem")
                        .optional();
                var certificate = keys.text(
                                "certificate",
                                "PEM file of the own certificate, followed by those between it and the authority;"
                                        + " without it none is shown.")
                        .optional();
                var key = keys.text(
                                "key",
                                "PEM file of the private key that belongs to the certificate, not encrypted; may be"
                                        + " the same file.")
                        .optional();
                var serverName = keys.text(
                                "serverName",
                                "Name that is asked for and verified instead of the host that is connected to.")
                        .optional();
                var minimumVersion = keys.choice(
                                "minimumVersion", "Oldest version of TLS that the peer may speak.", TlsVersion.class)
                        .defaultTo(TlsVersion.TLS_1_2);
                return values -> {
                    String certificateFile = values.get(certificate);
                    String keyFile = values.get(key);
                    if ((certificateFile == null) != (keyFile == null)) {
                        values.refuse(
                                certificateFile == null ? "key" : "certificate",
                                "certificate and key belong together: give both or none");
                        return DEFAULT;
                    }
                    String authorityFile = values.get(authorities);
                    return new ClientTls(
                            values.get(verify),
                            authorityFile == null ? null : Path.of(authorityFile),
                            certificateFile == null ? null : Path.of(certificateFile),
                            keyFile == null ? null : Path.of(keyFile),
                            values.get(serverName),
                            values.get(minimumVersion));
                };
            });

    public ClientTls {
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("certificate and key belong together: give both or none");
        }
    }

    /// Reads the files.
    ///
    /// @throws io.tocsin.error.TocsinException naming the file that cannot be used and why
    public ClientTlsContext open() {
        return new ClientTlsContext(this);
    }
}
