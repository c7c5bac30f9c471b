package io.tocsin.pipeline.pair;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// A connection between the two of a pair. Both show that they know the secret, without telling it;
/// what they say then is encrypted and cannot be changed or repeated on its way (`docs/specs/pair.md`).
///
/// ```
/// connecting side:  `TPAR` | version 2 | 32 random bytes
/// listening side:   `TPAR` | version 2 | 32 random bytes | HMAC-SHA-256(secret, "listener" | both)
/// connecting side:  HMAC-SHA-256(secret, "connector" | both)
/// both, then:       length (4) | AES-256-GCM(message), key HMAC-SHA-256(secret, side | " key" | both),
/// nonce = number of the message (12 bytes)
/// ```
///
/// Thread-safety: any thread sends; one reads.
final class PairLink implements PairSender, AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(PairLink.class.getName());
    private static final byte[] MAGIC = "TPAR".getBytes(US_ASCII);
    private static final int VERSION = 2;
    private static final int RANDOM_BYTES = 32;
    private static final int TAG_BITS = 128;
    private static final int TAG_BYTES = TAG_BITS / 8;
    private static final int NONCE_BYTES = 12;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int HANDSHAKE_MILLIS = 5000;
    private static final String LISTENER = "listener";
    private static final String CONNECTOR = "connector";

    /// Messages of one direction.
    ///
    /// Thread-safety: one thread.
    private static final class Seal {
        private final Cipher cipher;
        private final SecretKeySpec key;
        private final int mode;
        private long number;

        Seal(byte[] key, int mode) throws GeneralSecurityException {
            this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
            this.key = new SecretKeySpec(key, "AES");
            this.mode = mode;
        }

        byte[] next(byte[] bytes) throws IOException {
            try {
                byte[] nonce = ByteBuffer.allocate(NONCE_BYTES)
                        .putInt(0)
                        .putLong(number++)
                        .array();
                cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
                return cipher.doFinal(bytes);
            } catch (GeneralSecurityException e) {
                throw new IOException("a message was changed on its way, or is not of this connection", e);
            }
        }
    }

    /// The other side does not know the secret.
    static final class NotAuthenticException extends IOException {
        private static final long serialVersionUID = 1;

        NotAuthenticException() {
            super("the other side does not have the secret of this installation: give both the same --secret-file");
        }
    }

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final Seal opening;
    private final Seal closing;
    private final BlockingQueue<PairMessage> waiting = new LinkedBlockingQueue<>();
    private volatile boolean ending;

    private PairLink(Socket socket, DataInputStream in, DataOutputStream out, byte[] readKey, byte[] writeKey)
            throws GeneralSecurityException {
        this.socket = socket;
        this.in = in;
        this.out = out;
        this.opening = new Seal(readKey, Cipher.DECRYPT_MODE);
        this.closing = new Seal(writeKey, Cipher.ENCRYPT_MODE);
    }

    /// Shows and demands the secret.
    ///
    /// @param listens true for the side that took the connection
    /// @throws NotAuthenticException when the other side does not know the secret
    /// @throws IOException when the other side does not speak this protocol, or not in time
    static PairLink open(Socket socket, String secret, boolean listens) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(HANDSHAKE_MILLIS);
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES));
        byte[] mine = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(mine);
        try {
            byte[] both;
            if (listens) {
                both = join(begin(in), mine);
                head(out, mine);
                out.write(code(secret, LISTENER, both));
                out.flush();
                check(in, code(secret, CONNECTOR, both));
            } else {
                head(out, mine);
                out.flush();
                both = join(mine, begin(in));
                check(in, code(secret, LISTENER, both));
                out.write(code(secret, CONNECTOR, both));
                out.flush();
            }
            byte[] listenerKey = code(secret, LISTENER + " key", both);
            byte[] connectorKey = code(secret, CONNECTOR + " key", both);
            return listens
                    ? new PairLink(socket, in, out, connectorKey, listenerKey)
                    : new PairLink(socket, in, out, listenerKey, connectorKey);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256 and AES-GCM", e);
        }
    }

    private static void head(DataOutputStream out, byte[] random) throws IOException {
        out.write(MAGIC);
        out.writeByte(VERSION);
        out.write(random);
    }

    private static byte[] begin(DataInputStream in) throws IOException {
        byte[] magic = in.readNBytes(MAGIC.length);
        if (!MessageDigest.isEqual(magic, MAGIC)) {
            throw new IOException("the other side is no collector of a pair");
        }
        int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw new IOException("the other side speaks another version [version=" + version + ", own=" + VERSION
                    + "]: let both run the same release");
        }
        byte[] random = in.readNBytes(RANDOM_BYTES);
        if (random.length < RANDOM_BYTES) {
            throw new EOFException("the other side ended the connection");
        }
        return random;
    }

    private static void check(DataInputStream in, byte[] expected) throws IOException {
        byte[] code = in.readNBytes(expected.length);
        if (code.length < expected.length) {
            throw new EOFException("the other side ended the connection");
        }
        if (!MessageDigest.isEqual(code, expected)) {
            throw new NotAuthenticException();
        }
    }

    private static byte[] join(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    private static byte[] code(String secret, String what, byte[] both) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        mac.update(what.getBytes(US_ASCII));
        return mac.doFinal(both);
    }

    /// Reads the next message.
    ///
    /// @throws IOException when the connection ends, or what comes is no message
    PairMessage read() throws IOException {
        int length = in.readInt();
        if (length < TAG_BYTES || length > PairCodec.MAXIMUM_BYTES + TAG_BYTES) {
            throw new IOException("a message of this length cannot be [bytes=" + length + "]");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the other side ended the connection");
        }
        return PairCodec.decode(opening.next(bytes));
    }

    /// Silence after which reading fails.
    void silence(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /// Writes at once, before [#start].
    void write(PairMessage message) throws IOException {
        byte[] bytes = closing.next(PairCodec.encode(message));
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    /// Begins to send what is given to [#send].
    void start() {
        Thread.ofVirtual().name("pair-sender").start(this::run);
    }

    private void run() {
        try (socket) {
            while (!ending || !waiting.isEmpty()) {
                write(waiting.take());
            }
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "a connection of a pair ended", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void send(PairMessage message) {
        if (!ending) {
            waiting.add(message);
        }
    }

    @Override
    public void close(String why) {
        LOGGER.log(System.Logger.Level.DEBUG, "a connection of a pair is closed [reason={0}]", why);
        waiting.add(new PairMessage.Beat());
        ending = true;
    }

    @Override
    public String peer() {
        return String.valueOf(socket.getRemoteSocketAddress()).replaceFirst("^.*/", "");
    }

    @Override
    public void close() {
        ending = true;
        waiting.add(new PairMessage.Beat());
        try {
            socket.close();
        } catch (IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "a connection of a pair was closed badly", e);
        }
    }
}
