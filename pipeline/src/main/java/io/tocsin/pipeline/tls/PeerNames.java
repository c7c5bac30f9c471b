package io.tocsin.pipeline.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/// The names that a certificate carries (RFC 5280 §4.2.1.6) and how they compare (RFC 5425 §5.2, RFC 9525 §6.3): a
/// `*` stands for exactly one whole label and only at the very left.
///
/// @param dns dNSName of the alternative names; the common name when there is none of them
/// @param addresses iPAddress of the alternative names, as Java writes addresses
/// @param others e-mail addresses and URIs of the alternative names
record PeerNames(List<String> dns, List<String> addresses, List<String> others) {
    private static final int EMAIL = 1;
    private static final int DNS = 2;
    private static final int URI = 6;
    private static final int ADDRESS = 7;

    PeerNames {
        dns = List.copyOf(dns);
        addresses = List.copyOf(addresses);
        others = List.copyOf(others);
    }

    static PeerNames of(X509Certificate certificate) {
        List<String> dns = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        List<String> others = new ArrayList<>();
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                int type = (Integer) name.getFirst();
                if (!(name.get(1) instanceof String text)) {
                    continue;
                }
                switch (type) {
                    case DNS -> dns.add(text);
                    case ADDRESS -> addresses.add(address(text));
                    case EMAIL, URI -> others.add(text);
                    default -> {
                        // Other kinds of names are not compared.
                    }
                }
            }
        } catch (CertificateParsingException e) {
            // Names that cannot be read match nothing.
        }
        if (dns.isEmpty()) {
            dns.addAll(commonNames(certificate));
        }
        return new PeerNames(dns, addresses, others);
    }

    private static List<String> commonNames(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (rdn.getType().equalsIgnoreCase("CN") && rdn.getValue() instanceof String text) {
                    names.add(text);
                }
            }
        } catch (InvalidNameException e) {
            // A subject that cannot be read has no common name.
        }
        return names;
    }

    /// An address in the one form in which Java writes it; any other text as it is.
    private static String address(String text) {
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        if (!isAddress(bare)) {
            return text;
        }
        try {
            return InetAddress.getByName(bare).getHostAddress();
        } catch (UnknownHostException e) {
            return text;
        }
    }

    /// True for what cannot be a host name, so that asking Java for it asks no name server.
    static boolean isAddress(String text) {
        if (text.indexOf(':') >= 0) {
            return text.chars().allMatch(c -> c == ':' || c == '.' || Character.digit(c, 16) >= 0);
        }
        return !text.isEmpty() && text.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    /// True when the certificate was given to the host or address. Here the certificate may carry the `*`.
    boolean areOf(String host) {
        if (isAddress(host) || host.startsWith("[")) {
            return addresses.contains(address(host));
        }
        return dns.stream().anyMatch(name -> matches(name, host));
    }

    /// True when one of the names is the text, or fits its `*`.
    boolean fit(String allowed) {
        return dns.stream().anyMatch(name -> matches(allowed, name))
                || addresses.contains(address(allowed))
                || others.stream().anyMatch(allowed::equalsIgnoreCase);
    }

    /// @param pattern a name whose left-most label may be `*`
    static boolean matches(String pattern, String name) {
        String wanted = withoutLastDot(pattern);
        String given = withoutLastDot(name);
        if (!wanted.startsWith("*.")) {
            return wanted.equals(given);
        }
        int dot = given.indexOf('.');
        return dot > 0 && !given.startsWith("*") && wanted.substring(1).equals(given.substring(dot));
    }

    private static String withoutLastDot(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
