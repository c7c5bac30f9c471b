package io.tocsin.pipeline.tls;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// Certificates that their authorities have taken back, as lists in a file say (RFC 5280 §5). Every list must be whole
/// and signed by an authority that is known; a list whose next update is overdue stays in force and is warned about,
/// because it says nothing in favour of those that it does not name, and nothing against them either. Immutable.
public final class RevokedCertificates {
    private static final System.Logger LOGGER = System.getLogger(RevokedCertificates.class.getName());
    /// Says that a list holds only what changed since another one (RFC 5280 §5.2.4).
    private static final String DELTA = "2.5.29.27";

    private final List<X509CRL> lists;

    private RevokedCertificates(List<X509CRL> lists) {
        this.lists = List.copyOf(lists);
    }

    /// Reads the lists of a file.
    ///
    /// @param file one or more lists in PEM form, or one in DER form
    /// @throws io.tocsin.error.TocsinException naming file, list and reason
    static RevokedCertificates read(Path file, List<X509Certificate> authorities) {
        List<X509CRL> lists = new ArrayList<>();
        for (byte[] encoded : Pem.revocationLists(file)) {
            X509CRL list = list(file, encoded, lists.size() + 1);
            String named = "list " + (lists.size() + 1) + " of "
                    + list.getIssuerX500Principal().getName();
            if (list.getExtensionValue(DELTA) != null) {
                throw TlsFailure.of(file, named + " holds changes only; give the whole list");
            }
            if (list.hasUnsupportedCriticalExtension()) {
                throw TlsFailure.of(file, named + " has a critical extension that is not known");
            }
            if (authorities.stream().noneMatch(authority -> isBy(list, authority))) {
                throw TlsFailure.of(
                        file,
                        named
                                + " is not signed by one of the authorities: add the certificate of its issuer to them, or"
                                + " fetch the list again");
            }
            Date next = list.getNextUpdate();
            if (next != null && next.toInstant().isBefore(Instant.now())) {
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "a list of revoked certificates should have been renewed, it stays in force [file={0}, issuer={1},"
                                + " nextUpdate={2}]: fetch the new one from the authority",
                        file,
                        list.getIssuerX500Principal().getName(),
                        next.toInstant());
            }
            lists.add(list);
        }
        return new RevokedCertificates(lists);
    }

    private static X509CRL list(Path file, byte[] encoded, int number) {
        try {
            X509CRL list =
                    (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(encoded));
            // The JDK ignores bits that are declared unused, so a damaged byte there would pass.
            byte[] whole = list.getEncoded();
            if (whole[whole.length - list.getSignature().length - 1] != 0) {
                throw new CRLException("the signature is not made of whole bytes");
            }
            return list;
        } catch (CertificateException | CRLException e) {
            throw TlsFailure.of(file, "list " + number + " cannot be decoded: " + e.getMessage(), e);
        }
    }

    private static boolean isBy(X509CRL list, X509Certificate authority) {
        if (!authority.getSubjectX500Principal().equals(list.getIssuerX500Principal())) {
            return false;
        }
        try {
            list.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /// Why the peer of a session may not stay; null when no list names a certificate that it showed, or it showed none.
    public @Nullable String reason(SSLSession session) {
        try {
            check(Arrays.copyOf(
                    session.getPeerCertificates(), session.getPeerCertificates().length, X509Certificate[].class));
            return null;
        } catch (SSLPeerUnverifiedException none) {
            return null;
        } catch (CertificateException e) {
            return e.getMessage();
        }
    }

    /// Refuses a chain of which one certificate is revoked.
    ///
    /// @throws CertificateException naming it
    void check(X509Certificate[] chain) throws CertificateException {
        for (X509Certificate certificate : chain) {
            for (X509CRL list : lists) {
                X509CRLEntry entry = list.getRevokedCertificate(certificate);
                if (entry != null) {
                    throw new CertificateException("the certificate was revoked [subject="
                            + certificate.getSubjectX500Principal().getName() + ", serial="
                            + certificate.getSerialNumber().toString(16) + ", since="
                            + entry.getRevocationDate().toInstant() + "]");
                }
            }
        }
    }
}
