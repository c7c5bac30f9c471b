package io.tocsin.pipeline.tls;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// TLS over the two streams of a connected socket. Unlike the socket of the Java runtime it gives its buffers back
/// while it is quiet, takes many records from one read, and leaves the socket below to its owner, who may shut down
/// one direction or close it at any time.
///
/// Buffers: 72 KiB while busy; a connection that was quiet before [#shrink()] waits with half a KiB.
///
/// The end of the stream without `close_notify` is an end like any other: the protocols above tell half a message
/// from a whole one themselves.
///
/// Thread-safety: one thread reads, any thread writes or closes; [#handshake()] comes first.
public final class TlsStream {
    private static final byte[] NONE = new byte[0];
    /// A record and its header, with the most that any version adds (RFC 5246 §6.2.3).
    private static final int RECORD_BYTES = (16 << 10) + 2048 + 5;
    private static final int HEADER_BYTES = 5;
    private static final int SEALED_BYTES = 2 * RECORD_BYTES;
    private static final int QUIET_BYTES = 512;
    /// Types of records: change of ciphers to heartbeat.
    private static final int FIRST_TYPE = 20;

    private static final int LAST_TYPE = 24;

    private final SSLEngine engine;
    private final InputStream in;
    private final OutputStream out;
    private final ReentrantLock writing = new ReentrantLock();

    /// What was read from the peer and not yet decrypted.
    private byte[] sealed = NONE;
    private int sealedStart;
    private int sealedEnd;
    /// Decrypted data that did not fit into what the reader gave.
    private byte[] plain = NONE;
    private int plainStart;
    private int plainEnd;
    private boolean ended;

    private byte[] outgoing = NONE;
    private boolean closed;

    /// @param engine set up for its side, hands not yet shaken
    public TlsStream(SSLEngine engine, InputStream in, OutputStream out) {
        this.engine = engine;
        this.in = in;
        this.out = out;
    }

    /// Bytes that were taken from the connection already, before it was known that TLS follows.
    ///
    /// @param length at most 1 KiB
    public void received(byte[] bytes, int length) {
        sealed = new byte[SEALED_BYTES];
        System.arraycopy(bytes, 0, sealed, 0, length);
        sealedEnd = length;
    }

    /// Shakes hands. May wait for the peer as long as the socket's timeout allows.
    ///
    /// @throws IOException when the peer speaks no TLS, none that is accepted, or its certificate is refused
    public void handshake() throws IOException {
        try {
            engine.beginHandshake();
            shake();
        } catch (SSLException e) {
            alert();
            throw e;
        }
    }

    private void shake() throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_WRAP -> flush();
                case NEED_TASK -> runTasks();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (unwrapIntoPlain() < 0) {
                        throw new EOFException("the peer closed the connection during the handshake");
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    return;
                }
            }
        }
    }

    /// Tells the peer why, as far as it still listens.
    private void alert() {
        try {
            engine.closeOutbound();
            flush();
        } catch (IOException e) {
            // It has gone.
        }
    }

    public SSLSession session() {
        return engine.getSession();
    }

    /// Subject of the certificate that the peer showed and that was accepted (RFC 2253); empty when it showed none.
    public String peerSubject() {
        try {
            Certificate[] shown = session().getPeerCertificates();
            return shown.length > 0 && shown[0] instanceof X509Certificate certificate
                    ? certificate.getSubjectX500Principal().getName()
                    : "";
        } catch (SSLPeerUnverifiedException none) {
            return "";
        }
    }

    /// Reads at least one byte, waiting for it; -1 at the end.
    ///
    /// @throws java.net.SocketTimeoutException as the stream below does; reading can go on after it
    public int read(byte[] buffer, int offset, int length) throws IOException {
        while (true) {
            if (plainEnd > plainStart) {
                int taken = Math.min(length, plainEnd - plainStart);
                System.arraycopy(plain, plainStart, buffer, offset, taken);
                plainStart += taken;
                return taken;
            }
            if (ended) {
                return -1;
            }
            if (!wholeRecord()) {
                fill();
            } else if (length < RECORD_BYTES) {
                unwrapNext();
            } else {
                int total = 0;
                do {
                    total += unwrap(ByteBuffer.wrap(buffer, offset + total, length - total));
                } while (!ended && wholeRecord() && length - total >= RECORD_BYTES);
                if (total > 0) {
                    return total;
                }
            }
        }
    }

    private boolean wholeRecord() {
        int held = sealedEnd - sealedStart;
        if (held > 0 && (sealed[sealedStart] < FIRST_TYPE || sealed[sealedStart] > LAST_TYPE)) {
            // No TLS: the engine says so.
            return held >= HEADER_BYTES;
        }
        if (held < HEADER_BYTES) {
            return false;
        }
        int length = ((sealed[sealedStart + 3] & 0xFF) << 8) | (sealed[sealedStart + 4] & 0xFF);
        // A record that is too long is the engine's to refuse.
        return held >= Math.min(HEADER_BYTES + length, RECORD_BYTES);
    }

    /// Reads from the connection; -1 at its end.
    private int fill() throws IOException {
        if (sealed.length == 0) {
            // A quiet connection waits with a small buffer.
            sealed = new byte[QUIET_BYTES];
        } else if (sealed.length == QUIET_BYTES) {
            byte[] larger = new byte[SEALED_BYTES];
            System.arraycopy(sealed, sealedStart, larger, 0, sealedEnd - sealedStart);
            sealed = larger;
            sealedEnd -= sealedStart;
            sealedStart = 0;
        } else if (sealedStart > 0) {
            System.arraycopy(sealed, sealedStart, sealed, 0, sealedEnd - sealedStart);
            sealedEnd -= sealedStart;
            sealedStart = 0;
        }
        int read = in.read(sealed, sealedEnd, sealed.length - sealedEnd);
        if (read < 0) {
            ended = true;
            return -1;
        }
        sealedEnd += read;
        return read;
    }

    private int unwrapIntoPlain() throws IOException {
        if (!wholeRecord() && fill() < 0) {
            return -1;
        }
        if (wholeRecord()) {
            unwrapNext();
        }
        return 0;
    }

    private void unwrapNext() throws IOException {
        if (!wholeRecord()) {
            return;
        }
        if (plain.length < RECORD_BYTES) {
            plain = new byte[RECORD_BYTES];
        }
        plainStart = 0;
        plainEnd = 0;
        plainEnd = unwrap(ByteBuffer.wrap(plain));
    }

    /// Decrypts the next record, if it is whole.
    ///
    /// @return bytes of it, 0 when it held none
    private int unwrap(ByteBuffer target) throws IOException {
        if (!wholeRecord()) {
            return 0;
        }
        ByteBuffer source = ByteBuffer.wrap(sealed, sealedStart, sealedEnd - sealedStart);
        SSLEngineResult result = engine.unwrap(source, target);
        sealedStart = source.position();
        if (sealedStart == sealedEnd) {
            sealedStart = 0;
            sealedEnd = 0;
        }
        switch (result.getStatus()) {
            case CLOSED -> ended = true;
            case BUFFER_OVERFLOW -> throw new SSLException("a record is longer than TLS allows");
            case BUFFER_UNDERFLOW -> throw new SSLException("a record says a wrong length");
            case OK -> {}
        }
        afterwards(result.getHandshakeStatus());
        return result.bytesProduced();
    }

    /// What a record demanded: new keys, for example. During the first handshake [#shake()] sees to it.
    private void afterwards(HandshakeStatus status) throws IOException {
        if (status == HandshakeStatus.NEED_TASK) {
            runTasks();
        }
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            flush();
        }
    }

    private void runTasks() {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            task.run();
            task = engine.getDelegatedTask();
        }
    }

    /// Writes what the engine has to say by itself.
    private void flush() throws IOException {
        writing.lock();
        try {
            ByteBuffer nothing = ByteBuffer.wrap(NONE);
            boolean more = true;
            while (more) {
                SSLEngineResult result = wrap(nothing);
                more = result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && result.bytesProduced() > 0;
            }
        } finally {
            writing.unlock();
        }
    }

    /// Encrypts and writes all of it, waiting while the peer takes none.
    public void write(byte[] buffer, int offset, int length) throws IOException {
        writing.lock();
        try {
            ByteBuffer source = ByteBuffer.wrap(buffer, offset, length);
            while (source.hasRemaining()) {
                if (wrap(source).getStatus() == SSLEngineResult.Status.CLOSED) {
                    throw new SSLException("the connection is closed");
                }
            }
        } finally {
            writing.unlock();
        }
    }

    private SSLEngineResult wrap(ByteBuffer source) throws IOException {
        while (true) {
            int wanted = engine.getSession().getPacketBufferSize();
            if (outgoing.length < wanted) {
                outgoing = new byte[wanted];
            }
            ByteBuffer target = ByteBuffer.wrap(outgoing);
            SSLEngineResult result = engine.wrap(source, target);
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                outgoing = new byte[outgoing.length * 2];
                continue;
            }
            if (target.position() > 0) {
                out.write(outgoing, 0, target.position());
                out.flush();
            }
            return result;
        }
    }

    /// Gives buffers back that hold nothing. Called by the reading thread.
    public void shrink() {
        if (sealedStart == sealedEnd && sealed.length > QUIET_BYTES) {
            sealed = NONE;
            sealedStart = 0;
            sealedEnd = 0;
        }
        if (plainStart == plainEnd) {
            plain = NONE;
            plainStart = 0;
            plainEnd = 0;
        }
        if (writing.tryLock()) {
            try {
                outgoing = NONE;
            } finally {
                writing.unlock();
            }
        }
    }

    /// Tells the peer that nothing follows. The socket stays open.
    public void close() {
        writing.lock();
        try {
            if (!closed) {
                closed = true;
                engine.closeOutbound();
                flush();
            }
        } catch (IOException e) {
            // The peer has gone already.
        } finally {
            writing.unlock();
        }
    }
}
