package io.tocsin.pipeline.tls;

import io.tocsin.config.ValueType;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/// One line of the list of peers that may connect (RFC 5425 §5): a name, a whole subject, or the fingerprint of a
/// certificate. Immutable.
public sealed interface AllowedPeer {
    /// How it is written in configuration.
    ValueType<AllowedPeer> TYPE = ValueType.ofText(
            "name, subject or fingerprint",
            "a name such as *.example.com, a subject such as CN=host,O=Example or a fingerprint such as"
                    + " sha-256:E1:2D:…",
            AllowedPeer::parse,
            AllowedPeer::text);

    /// As it is written.
    String text();

    /// True when the certificate is one of those meant.
    boolean allows(X509Certificate certificate);

    /// A name among the alternative names of the certificate; its common name when it has no DNS name.
    ///
    /// @param text a host name whose left-most label may be `*`, an address, an e-mail address or a URI
    record Name(String text) implements AllowedPeer {
        @Override
        public boolean allows(X509Certificate certificate) {
            return PeerNames.of(certificate).fit(text);
        }
    }

    /// The whole subject of the certificate (RFC 4514).
    record Subject(String text, X500Principal subject) implements AllowedPeer {
        @Override
        public boolean allows(X509Certificate certificate) {
            return certificate.getSubjectX500Principal().equals(subject);
        }
    }

    /// One certificate; it needs no authority (RFC 5425 §4.2.2).
    ///
    /// @param algorithm of the hash, as Java calls it
    /// @param hex of the hash, lower case
    record Fingerprint(String text, String algorithm, String hex) implements AllowedPeer {
        @Override
        public boolean allows(X509Certificate certificate) {
            try {
                byte[] digest = MessageDigest.getInstance(algorithm).digest(certificate.getEncoded());
                return Arrays.equals(digest, HexFormat.of().parseHex(hex));
            } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
                return false;
            }
        }
    }

    /// @return null when the text means no peer
    private static @Nullable AllowedPeer parse(String text) {
        Map<String, Integer> hashes = Map.of("sha-1", 20, "sha-256", 32, "sha-384", 48, "sha-512", 64);
        int colon = text.indexOf(':');
        String hash = colon < 0 ? "" : text.substring(0, colon).toLowerCase(Locale.ROOT);
        Integer bytes = hashes.get(hash);
        if (bytes != null) {
            String hex = text.substring(colon + 1).replace(":", "").toLowerCase(Locale.ROOT);
            boolean whole = hex.length() == 2 * bytes && hex.chars().allMatch(c -> Character.digit(c, 16) >= 0);
            return whole ? new Fingerprint(text, hash.toUpperCase(Locale.ROOT), hex) : null;
        }
        if (text.indexOf('=') >= 0 && text.indexOf("://") < 0) {
            try {
                return new Subject(text, new X500Principal(text));
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
        boolean star = text.indexOf('*') >= 0;
        boolean oneAtTheLeft = text.startsWith("*.") && text.indexOf('*', 1) < 0 && text.length() > 2;
        return text.isBlank() || (star && !oneAtTheLeft) ? null : new Name(text);
    }
}
