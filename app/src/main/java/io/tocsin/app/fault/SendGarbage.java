package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/// Scanners and broken senders at the ports of the collector while events come in.
record SendGarbage() implements FaultScenario {
    private static final int CONNECTIONS = 200;
    private static final int MAX_BYTES = 64 * 1024;
    private static final int WAIT_MILLIS = 2_000;

    private static final List<String> GREETINGS = List.of(
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "SSH-2.0-scan\r\n",
            "\u0016\u0003\u0001\u0002\u0000\u0001\u0000",
            "99999999999 <1>",
            "1 open 999999999 x",
            "2 syslog 5 before\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
            "\u0000\u0000\u0000\u0000");

    @Override
    public String name() {
        return "garbage";
    }

    @Override
    public String what() {
        return CONNECTIONS + " connections with greetings of other protocols and random bytes";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        Random random = new Random(42);
        for (int i = 0; i < CONNECTIONS; i++) {
            InetSocketAddress target = i % 2 == 0 ? site.input() : site.garbageInput();
            try (Socket socket = new Socket()) {
                socket.connect(target, WAIT_MILLIS);
                socket.setSoTimeout(WAIT_MILLIS);
                if (i % 3 == 0) {
                    byte[] bytes = new byte[random.nextInt(MAX_BYTES)];
                    random.nextBytes(bytes);
                    socket.getOutputStream().write(bytes);
                } else {
                    socket.getOutputStream()
                            .write(GREETINGS.get(i % GREETINGS.size()).getBytes(StandardCharsets.ISO_8859_1));
                }
            } catch (IOException refused) {
                // That is the right answer to it.
            }
        }
        site.faultOver();
    }
}
