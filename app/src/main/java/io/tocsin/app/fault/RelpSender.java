package io.tocsin.app.fault;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Sends numbered events over RELP (librelp's protocol, version 0) at a steady rate and remembers which were
/// acknowledged. It connects again when the connection breaks, and never sends a number twice: what was not
/// acknowledged may be stored or not, but what was must be stored once.
///
/// Thread-safety: any thread asks; two threads of its own work.
final class RelpSender implements AutoCloseable {
    private static final int MAX_NUMBER = 999_999_999;
    private static final int WINDOW = 2_000;
    private static final int BURST = 20;
    private static final int CONNECT_MILLIS = 1_000;
    private static final int ANSWER_MILLIS = 15_000;
    private static final int MAX_FRAME_BYTES = 1 << 16;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final String run;
    private final List<InetSocketAddress> targets;
    private final int perSecond;
    private final BitSet acknowledged = new BitSet();
    private final Thread thread =
            Thread.ofPlatform().name("relp-sender").daemon().unstarted(this::send);
    private volatile long sent;
    private volatile long acknowledgedCount;
    private volatile long lastAcknowledgedNanos;
    private volatile boolean stopping;

    /// @param targets the first is used until it breaks, then the next
    RelpSender(String run, List<InetSocketAddress> targets, int perSecond) {
        this.run = run;
        this.targets = List.copyOf(targets);
        this.perSecond = perSecond;
    }

    /// Numbers of one connection that wait for their answer.
    ///
    /// Thread-safety: guarded by itself.
    private static final class Session {
        private final Map<Integer, Long> waiting = new HashMap<>();
        private boolean opened;
        private boolean broken;
    }

    RelpSender start() {
        thread.start();
        return this;
    }

    long sent() {
        return sent;
    }

    long acknowledgedCount() {
        return acknowledgedCount;
    }

    long lastAcknowledgedNanos() {
        return lastAcknowledgedNanos;
    }

    /// The numbers that were acknowledged.
    BitSet acknowledged() {
        synchronized (acknowledged) {
            return (BitSet) acknowledged.clone();
        }
    }

    private void send() {
        for (int turn = 0; !stopping; turn = (turn + 1) % targets.size()) {
            try (Socket socket = new Socket()) {
                socket.connect(targets.get(turn), CONNECT_MILLIS);
                socket.setSoTimeout(ANSWER_MILLIS);
                talk(socket);
            } catch (IOException broken) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void talk(Socket socket) throws IOException {
        Session session = new Session();
        Thread answers = Thread.ofPlatform().name("relp-answers").daemon().start(() -> listen(socket, session));
        try {
            OutputStream out = socket.getOutputStream();
            out.write(frame(1, "open", "relp_version=0\nrelp_software=tocsin-bench\ncommands=syslog"));
            await(session, 0);
            int number = 2;
            long interval = TimeUnit.SECONDS.toNanos(1) * BURST / perSecond;
            long next = System.nanoTime();
            while (!stopping && number < MAX_NUMBER - BURST) {
                StringBuilder burst = new StringBuilder();
                long first = sent;
                synchronized (session) {
                    for (int i = 0; i < BURST; i++) {
                        session.waiting.put(number, first + i);
                        burst.append(new String(frame(number++, "syslog", line(first + i)), StandardCharsets.US_ASCII));
                    }
                }
                sent = first + BURST;
                out.write(burst.toString().getBytes(StandardCharsets.US_ASCII));
                await(session, WINDOW);
                next = Math.max(next + interval, System.nanoTime() - interval);
                LockSupport.parkNanos(next - System.nanoTime());
            }
            await(session, 0);
        } finally {
            socket.close();
            join(answers);
        }
    }

    private String line(long number) {
        return "<134>1 2026-11-22T10:00:00.000Z fault counter 77 - - run=" + run + " n=" + number + " end";
    }

    private static byte[] frame(int transaction, String command, String data) {
        return (transaction + " " + command + " " + data.length() + (data.isEmpty() ? "" : " " + data) + "\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /// Waits until at most so many are without an answer.
    private static void await(Session session, int most) throws IOException {
        synchronized (session) {
            while (session.waiting.size() > most || !session.opened) {
                if (session.broken) {
                    throw new EOFException("connection broke");
                }
                try {
                    session.wait(100);
                } catch (InterruptedException e) {
                    throw new IOException("interrupted", e);
                }
            }
        }
    }

    private void listen(Socket socket, Session session) {
        try {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                int transaction = Integer.parseInt(word(in));
                String command = word(in);
                int length = length(in);
                String data = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
                if (length > 0 && in.read() != '\n') {
                    throw new IOException("no end of frame");
                }
                if (command.equals("rsp")) {
                    answered(session, transaction, data.startsWith("200"));
                }
            }
        } catch (IOException | NumberFormatException ended) {
            synchronized (session) {
                session.broken = true;
                session.notifyAll();
            }
        }
    }

    private void answered(Session session, int transaction, boolean accepted) {
        synchronized (session) {
            session.opened = true;
            Long number = session.waiting.remove(transaction);
            if (number != null && accepted) {
                synchronized (acknowledged) {
                    acknowledged.set(Math.toIntExact(number));
                }
                acknowledgedCount++;
                lastAcknowledgedNanos = System.nanoTime();
            }
            session.notifyAll();
        }
    }

    private static String word(InputStream in) throws IOException {
        StringBuilder word = new StringBuilder();
        for (int c = in.read(); c != ' '; c = in.read()) {
            if (c < 0 || word.length() > 32) {
                throw new EOFException("no frame");
            }
            word.append((char) c);
        }
        return word.toString();
    }

    /// The length ends with a space, or, when it is 0, with the end of the frame.
    private static int length(InputStream in) throws IOException {
        int length = 0;
        for (int c = in.read(); ; c = in.read()) {
            if (c == ' ' || c == '\n') {
                if (c == '\n' && length > 0) {
                    throw new IOException("frame without data");
                }
                if (c == ' ' && length == 0 && in.read() != '\n') {
                    throw new IOException("no end of frame");
                }
                return length;
            }
            if (c < '0' || c > '9' || length > MAX_FRAME_BYTES) {
                throw new IOException("not a length");
            }
            length = length * 10 + c - '0';
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Stops, and waits for the answers that are still to come.
    @Override
    public void close() {
        stopping = true;
        join(thread);
    }
}
