package io.tocsin.pipeline.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/// A private key and the chain of certificates that belongs to it, own certificate first.
///
/// @param chain at least one
record TlsIdentity(PrivateKey key, List<X509Certificate> chain) {
    private static final System.Logger LOGGER = System.getLogger(TlsIdentity.class.getName());

    TlsIdentity {
        chain = List.copyOf(chain);
    }

    /// Reads both files and tries whether they belong together.
    ///
    /// @throws io.tocsin.error.TocsinException naming file and reason
    static TlsIdentity read(Path certificate, Path key) {
        List<X509Certificate> chain = Pem.certificates(certificate);
        PrivateKey privateKey = Pem.privateKey(key);
        X509Certificate own = chain.getFirst();
        if (!belongTogether(privateKey, own.getPublicKey())) {
            throw TlsFailure.of(
                    key,
                    "it is not the key of the first certificate in " + certificate + " ("
                            + own.getSubjectX500Principal().getName() + ")");
        }
        Instant now = Instant.now();
        if (now.isAfter(own.getNotAfter().toInstant())
                || now.isBefore(own.getNotBefore().toInstant())) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "certificate is not valid now, peers will refuse it [file={0}, from={1}, until={2}]: renew it",
                    certificate,
                    own.getNotBefore().toInstant(),
                    own.getNotAfter().toInstant());
        }
        return new TlsIdentity(privateKey, chain);
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
        if (!key.getAlgorithm().equals(publicKey.getAlgorithm())) {
            return false;
        }
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default -> "";
        };
        if (algorithm.isEmpty()) {
            return true;
        }
        try {
            byte[] text = algorithm.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    KeyManager[] keyManagers() throws GeneralSecurityException {
        char[] none = new char[0];
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        java.security.KeyStore store = KeyStores.empty();
        store.setKeyEntry("own", key, none, chain.toArray(X509Certificate[]::new));
        factory.init(store, none);
        return factory.getKeyManagers();
    }
}
