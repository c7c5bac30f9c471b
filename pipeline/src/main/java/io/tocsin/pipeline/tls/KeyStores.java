package io.tocsin.pipeline.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Key stores that live in memory only, and trust made of them.
final class KeyStores {
    private KeyStores() {}

    static KeyStore empty() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException("an empty key store could not be made", e);
        }
        return store;
    }

    /// What verifies chains of certificates (RFC 5280).
    ///
    /// @param authorities PEM file; null: the authorities that the Java runtime trusts
    static X509ExtendedTrustManager trust(@Nullable Path authorities) throws GeneralSecurityException {
        KeyStore store = null;
        if (authorities != null) {
            store = empty();
            List<X509Certificate> certificates = Pem.certificates(authorities);
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry("authority-" + i, certificates.get(i));
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return extended;
            }
        }
        throw new GeneralSecurityException("the Java runtime has no X.509 trust manager");
    }
}
