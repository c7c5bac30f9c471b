package io.tocsin.acceptance;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/// A program of its own, for another host: sends numbered events over RELP one by one, and prints `N MILLIS` for each
/// that was acknowledged. It is a smart sender in that it leaves a peer that does not answer within half a second, and
/// never sends a number again. Ends when its input ends.
final class RelpProbe {
    private static final int PATIENCE_MILLIS = 500;
    private static final long PAUSE_NANOS = 2_000_000;

    private RelpProbe() {}

    /// @param arguments host, port, name of the run
    public static void main(String[] arguments) {
        Thread.ofPlatform().daemon().start(() -> {
            try (InputStream in = System.in) {
                in.readAllBytes();
            } catch (IOException closed) {
                // As the end.
            }
            Runtime.getRuntime().halt(0);
        });
        InetSocketAddress target = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
        long[] number = {0};
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(target, PATIENCE_MILLIS);
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.setTcpNoDelay(true);
                talk(socket, arguments[2], number, out);
            } catch (IOException away) {
                LockSupport.parkNanos(10 * PAUSE_NANOS);
            }
        }
    }

    private static void talk(Socket socket, String run, long[] number, PrintStream out) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        exchange(socket.getOutputStream(), in, 1, "open", "relp_version=0\nrelp_software=probe\ncommands=syslog");
        for (int transaction = 2; ; transaction++) {
            long next = number[0]++;
            String line = "<134>1 2026-11-22T10:00:00.000Z probe counter 77 - - run=" + run + " n=" + next + " end";
            exchange(socket.getOutputStream(), in, transaction, "syslog", line);
            out.println(next + " " + System.currentTimeMillis());
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static void exchange(OutputStream out, InputStream in, int transaction, String command, String data)
            throws IOException {
        out.write((transaction + " " + command + " " + data.length() + " " + data + "\n")
                .getBytes(StandardCharsets.US_ASCII));
        String begin = word(in) + " " + word(in);
        int length = Integer.parseInt(word(in));
        String answer = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        if (!begin.equals(transaction + " rsp") || !answer.startsWith("200") || in.read() != '\n') {
            throw new IOException("not accepted: " + begin + " " + answer);
        }
    }

    private static String word(InputStream in) throws IOException {
        StringBuilder word = new StringBuilder();
        for (int c = in.read(); c != ' '; c = in.read()) {
            if (c < 0 || word.length() > 20) {
                throw new IOException("ended");
            }
            word.append((char) c);
        }
        return word.toString();
    }
}
