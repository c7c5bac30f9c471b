package io.tocsin.pipeline.connector.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads the PROXY header, version 1 or 2, that a connection begins with, and not a byte more.
public final class ProxyReader {
    /// Longest header of version 2 that is taken: addresses, a client certificate and some more options.
    private static final int MAXIMUM_BYTES = 16 << 10;

    private ProxyReader() {}

    /// @param in bounded in time by the caller: the header of a silent peer never comes
    /// @return null when the connection ends before its first byte, as checks of load balancers do
    /// @throws ProxyException when the connection begins with anything else
    public static @Nullable ProxyHeader read(InputStream in) throws IOException {
        byte[] bytes = new byte[ProxyHeader.VERSION_1_BYTES];
        int first = in.read();
        if (first < 0) {
            return null;
        }
        bytes[0] = (byte) first;
        if (ProxyHeader.beginsVersion2(bytes, 0, 1)) {
            return version2(in, bytes);
        }
        if (ProxyHeader.beginsVersion1(bytes, 1)) {
            return version1(in, bytes);
        }
        throw new ProxyException("the PROXY header is missing");
    }

    private static ProxyHeader version2(InputStream in, byte[] bytes) throws IOException {
        for (int length = 1; length < ProxyHeader.VERSION_2_FIXED_BYTES; length++) {
            bytes[length] = next(in);
            if (!ProxyHeader.beginsVersion2(bytes, 0, length + 1)) {
                throw new ProxyException("the PROXY header is missing");
            }
        }
        int whole = ProxyHeader.VERSION_2_FIXED_BYTES + ProxyHeader.restOf(bytes, 0);
        if (whole > MAXIMUM_BYTES) {
            throw new ProxyException("a PROXY header is too long [bytes=" + whole + ", maximum=" + MAXIMUM_BYTES + "]");
        }
        byte[] all = Arrays.copyOf(bytes, Math.max(whole, bytes.length));
        int rest = whole - ProxyHeader.VERSION_2_FIXED_BYTES;
        if (in.readNBytes(all, ProxyHeader.VERSION_2_FIXED_BYTES, rest) < rest) {
            throw new ProxyException("the connection ends within its PROXY header");
        }
        return ProxyHeader.version2(all, 0, whole);
    }

    private static ProxyHeader version1(InputStream in, byte[] bytes) throws IOException {
        int length = 1;
        while (bytes[length - 1] != '\n' || length < 2 || bytes[length - 2] != '\r') {
            if (length == ProxyHeader.VERSION_1_BYTES) {
                throw new ProxyException("a PROXY line is too long");
            }
            bytes[length++] = next(in);
            if (!ProxyHeader.beginsVersion1(bytes, length)) {
                throw new ProxyException("the PROXY header is missing");
            }
        }
        return ProxyHeader.version1(new String(bytes, 0, length - 2, StandardCharsets.ISO_8859_1), length);
    }

    private static byte next(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new ProxyException("the connection ends within its PROXY header");
        }
        return (byte) next;
    }
}
