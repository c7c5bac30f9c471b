package io.tocsin.pipeline.enrich.indicator;

/// What an indicator is.
public enum IndicatorKind {
    /// One IPv4 or IPv6 address.
    ADDRESS,
    /// A network in CIDR notation; matches every address in it.
    NETWORK,
    /// A domain name; matches names below it, too.
    DOMAIN,
    /// A URL; matches with and without its query.
    URL,
    /// A digest of a file in hexadecimal: MD5, SHA-1, SHA-2.
    HASH
}
