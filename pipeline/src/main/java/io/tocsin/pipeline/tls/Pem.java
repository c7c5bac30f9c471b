package io.tocsin.pipeline.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/// Reads certificates and private keys from PEM files (RFC 7468). Keys may be PKCS#8 (RSA, EC, Ed25519), PKCS#1
/// (`RSA PRIVATE KEY`, RFC 8017) or SEC1 (`EC PRIVATE KEY`, RFC 5915); text around the blocks is passed over.
final class Pem {
    private static final long MAXIMUM_FILE_BYTES = 16 << 20;
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

    /// `SEQUENCE { OID 1.2.840.113549.1.1.1, NULL }`
    private static final byte[] RSA_ALGORITHM = {
        0x30, 0x0D, 0x06, 0x09, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    /// `OID 1.2.840.10045.2.1`
    private static final byte[] EC_OID = {0x06, 0x07, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x02, 0x01};

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    /// The curve within a SEC1 key.
    private static final int PARAMETERS = 0xA0;

    /// @param base64 what stands between the lines of dashes
    private record Block(String label, String base64) {
        byte[] content(Path file) {
            try {
                return Base64.getMimeDecoder().decode(base64);
            } catch (IllegalArgumentException e) {
                throw TlsFailure.of(file, "the block '" + label + "' is no Base64", e);
            }
        }
    }

    private Pem() {}

    /// All certificates of a file, in its order; at least one.
    ///
    /// @throws io.tocsin.error.TocsinException naming file and reason
    static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                certificates.add(certificate(file, block.content(file), certificates.size() + 1));
            }
        }
        if (certificates.isEmpty()) {
            throw TlsFailure.of(file, "it holds no '-----BEGIN CERTIFICATE-----'");
        }
        return certificates;
    }

    /// The encoded lists of revoked certificates of a file, in its order; at least one. A file without dashes is one
    /// list in binary form (DER).
    ///
    /// @throws io.tocsin.error.TocsinException naming file and reason
    static List<byte[]> revocationLists(Path file) {
        byte[] bytes = bytes(file);
        if (bytes.length > 0 && bytes[0] == SEQUENCE) {
            return List.of(bytes);
        }
        List<byte[]> lists = new ArrayList<>();
        for (Block block : blocks(file, bytes)) {
            if (block.label().equals("X509 CRL")) {
                lists.add(block.content(file));
            }
        }
        if (lists.isEmpty()) {
            throw TlsFailure.of(file, "it holds no '-----BEGIN X509 CRL-----'");
        }
        return lists;
    }

    /// The first private key of a file.
    ///
    /// @throws io.tocsin.error.TocsinException naming file and reason
    static PrivateKey privateKey(Path file) {
        for (Block block : blocks(file)) {
            switch (block.label()) {
                case "PRIVATE KEY" -> {
                    return privateKey(file, block.content(file));
                }
                case "RSA PRIVATE KEY" -> {
                    return privateKey(file, wrapped(RSA_ALGORITHM, block.content(file)));
                }
                case "EC PRIVATE KEY" -> {
                    byte[] content = block.content(file);
                    return privateKey(file, wrapped(curveAlgorithm(file, content), content));
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw TlsFailure.of(
                            file,
                            "the key is encrypted; write it in the clear with 'openssl pkey' and protect the file by"
                                    + " its mode");
                default -> {
                    // Certificates and parameters of curves may stand in the same file.
                }
            }
        }
        throw TlsFailure.of(file, "it holds no '-----BEGIN PRIVATE KEY-----'");
    }

    private static X509Certificate certificate(Path file, byte[] content, int number) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(content));
        } catch (CertificateException e) {
            throw TlsFailure.of(file, "certificate " + number + " cannot be decoded: " + e.getMessage(), e);
        }
    }

    private static PrivateKey privateKey(Path file, byte[] pkcs8) {
        GeneralSecurityException first = null;
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                first = first == null ? e : first;
            }
        }
        throw TlsFailure.of(
                file,
                "the private key cannot be decoded; RSA, EC and Ed25519 are known",
                Objects.requireNonNull(first));
    }

    private static byte[] bytes(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes((int) MAXIMUM_FILE_BYTES + 1);
            if (bytes.length > MAXIMUM_FILE_BYTES) {
                throw TlsFailure.of(file, "it is larger than 16 MiB");
            }
            return bytes;
        } catch (IOException e) {
            throw TlsFailure.unreadable(file, e);
        }
    }

    private static List<Block> blocks(Path file) {
        return blocks(file, bytes(file));
    }

    private static List<Block> blocks(Path file, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<Block> blocks = new ArrayList<>();
        int begin = text.indexOf(BEGIN);
        while (begin >= 0) {
            int labelEnd = text.indexOf(DASHES, begin + BEGIN.length());
            String label = labelEnd < 0 ? "" : text.substring(begin + BEGIN.length(), labelEnd);
            int end = labelEnd < 0 ? -1 : text.indexOf(END + label + DASHES, labelEnd);
            if (end < 0) {
                throw TlsFailure.of(file, "a block begins and does not end; the file may be half written");
            }
            String content = text.substring(labelEnd + DASHES.length(), end);
            if (content.contains("ENCRYPTED")) {
                throw TlsFailure.of(
                        file,
                        "the key is encrypted; write it in the clear with 'openssl pkey' and protect the file by its"
                                + " mode");
            }
            blocks.add(new Block(label, content));
            begin = text.indexOf(BEGIN, end);
        }
        return blocks;
    }

    /// `SEQUENCE { INTEGER 0, algorithm, OCTET STRING key }`: what PKCS#8 puts around older forms (RFC 5208).
    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        byte[] version = {0x02, 0x01, 0x00};
        return element(SEQUENCE, version, algorithm, element(OCTET_STRING, key));
    }

    private static byte[] curveAlgorithm(Path file, byte[] sec1) {
        // SEQUENCE { INTEGER 1, OCTET STRING, [0] { OID curve }, [1] … }
        int position = contentOffset(file, sec1, 0);
        while (position < sec1.length) {
            int content = contentOffset(file, sec1, position);
            int next = content + contentLength(file, sec1, position);
            if ((sec1[position] & 0xFF) == PARAMETERS && next <= sec1.length) {
                return element(SEQUENCE, EC_OID, Arrays.copyOfRange(sec1, content, next));
            }
            position = next;
        }
        throw TlsFailure.of(file, "the EC key does not name its curve; convert it with 'openssl pkey'");
    }

    private static int contentOffset(Path file, byte[] der, int position) {
        if (position + 1 >= der.length) {
            throw TlsFailure.of(file, "the private key is cut short");
        }
        int length = der[position + 1] & 0xFF;
        return position + 2 + (length < 0x80 ? 0 : length & 0x7F);
    }

    private static int contentLength(Path file, byte[] der, int position) {
        int first = der[position + 1] & 0xFF;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        int bytes = first & 0x7F;
        for (int i = 0; i < bytes; i++) {
            int at = position + 2 + i;
            if (bytes > 3 || at >= der.length) {
                throw TlsFailure.of(file, "the private key is cut short");
            }
            length = (length << 8) | (der[at] & 0xFF);
        }
        return length;
    }

    private static byte[] element(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        int lengthBytes = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
        byte[] element = new byte[2 + lengthBytes + length];
        element[0] = (byte) tag;
        element[1] = (byte) (lengthBytes == 0 ? length : 0x80 | lengthBytes);
        for (int i = 0; i < lengthBytes; i++) {
            element[2 + i] = (byte) (length >> (8 * (lengthBytes - 1 - i)));
        }
        int offset = 2 + lengthBytes;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, element, offset, part.length);
            offset += part.length;
        }
        return element;
    }
}
