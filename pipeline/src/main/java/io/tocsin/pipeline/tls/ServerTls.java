package io.tocsin.pipeline.tls;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueTypes;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a listener speaks TLS, as configuration says. Embed it as a mapping and open it with the listener:
///
/// ```java
/// var tls = keys.nested("tls", "Speaks TLS on this port.", ServerTls.SPEC).optional();
/// …
/// ServerTlsContext context = tls.open();            // reads the files, throws with file and reason
/// SSLEngine engine = context.engine();              // for each connection
/// ```
///
/// @param certificate PEM file: own certificate first, then those between it and the authority
/// @param key PEM file of the private key; may be the same file
/// @param clientCertificate whether peers have to show a certificate
/// @param authorities PEM file of the authorities of clients; null: only fingerprints of `allow` are accepted
/// @param revoked file of the lists of certificates that their authorities have taken back; null: none is looked at
/// @param allow which certificates may connect; empty: every one that an authority has signed
public record ServerTls(
        Path certificate,
        Path key,
        ClientCertificate clientCertificate,
        @Nullable Path authorities,
        @Nullable Path revoked,
        List<AllowedPeer> allow,
        TlsVersion minimumVersion) {
    /// Whether peers have to show a certificate.
    public enum ClientCertificate {
        /// Peers are not asked.
        NONE,
        /// Peers may show one; a wrong one is refused.
        OPTIONAL,
        /// Peers without a right one are refused.
        REQUIRED
    }

    /// The keys of the mapping.
    public static final ConfigSpec<ServerTls> SPEC =
            ConfigSpec.of("tls", "Speaks TLS 1.2 or 1.3; files are read again when they change.", keys -> {
                var certificate = keys.text(
                                "certificate",
                                "PEM file of the own certificate, followed by those between it and the authority.")
                        .example("/etc/tocsin/tls/collector.pem")
                        .required();
                var key = keys.text(
                                "key",
                                "PEM file of the private key that belongs to the certificate, not encrypted; may be"
                                        + " the same file.")
                        .example("/etc/tocsin/tls/collector.key")
                        .required();
                var clientCertificate = keys.choice(
                                "clientCertificate",
                                "Whether peers show a certificate: none does not ask, optional refuses wrong ones,"
                                        + " required refuses peers without one as well.",
                                ClientCertificate.class)
                        .defaultTo(ClientCertificate.NONE);
                var authorities = keys.text(
                                "authorities",
                                "PEM file of the authorities that sign certificates of peers. Without it only"
                                        + " certificates with a fingerprint in allow are accepted.")
                        .optional();
                var revoked = keys.text(
                                "revoked",
                                "File of the lists of revoked certificates of these authorities: one or more in PEM form,"
                                        + " or one in DER form.")
                        .optional();
                var allow = keys.list(
                                "allow",
                                "Which certificates of peers are accepted: DNS names (one * as the left-most label),"
                                        + " addresses, whole subjects, or fingerprints such as sha-256:E1:2D:…, which need"
                                        + " no authority. Empty accepts every certificate that an authority has signed.",
                                AllowedPeer.TYPE)
                        .defaultTo(List.of());
                var minimumVersion = keys.choice(
                                "minimumVersion", "Oldest version of TLS that peers may speak.", TlsVersion.class)
                        .defaultTo(TlsVersion.TLS_1_2);
                return values -> {
                    String file = values.get(authorities);
                    List<AllowedPeer> peers = values.get(allow);
                    ClientCertificate asked = values.get(clientCertificate);
                    boolean fingerprints = peers.stream().anyMatch(AllowedPeer.Fingerprint.class::isInstance);
                    if (asked == ClientCertificate.NONE && (file != null || !peers.isEmpty())) {
                        values.refuse(
                                file != null ? "authorities" : "allow",
                                "peers are not asked for a certificate [clientCertificate="
                                        + ValueTypes.choiceName(asked) + "]: choose optional or required");
                    }
                    String lists = values.get(revoked);
                    if (lists != null && file == null) {
                        values.refuse(
                                "revoked", "nobody could tell whether the lists are genuine: name the authorities");
                    }
                    if (asked != ClientCertificate.NONE && file == null && !fingerprints) {
                        values.refuse(
                                "clientCertificate",
                                "no certificate of a peer could be accepted: name the authorities, or fingerprints in"
                                        + " allow");
                    }
                    return new ServerTls(
                            Path.of(values.get(certificate)),
                            Path.of(values.get(key)),
                            asked,
                            file == null ? null : Path.of(file),
                            lists == null ? null : Path.of(lists),
                            peers,
                            values.get(minimumVersion));
                };
            });

    public ServerTls {
        allow = List.copyOf(allow);
    }

    /// Reads the files.
    ///
    /// @throws io.tocsin.error.TocsinException naming the file that cannot be used and why
    public ServerTlsContext open() {
        return new ServerTlsContext(this);
    }
}
