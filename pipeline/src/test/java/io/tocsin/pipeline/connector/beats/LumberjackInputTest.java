package io.tocsin.pipeline.connector.beats;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// How long a sender of Lumberjack may leave a window half sent.
final class LumberjackInputTest {
    private static final LumberjackInput.Limits LIMITS = new LumberjackInput.Limits(0, 200, 1 << 20, 1000, 1 << 20);

    private static final byte[] WINDOW = "2W\0\0\0\u0002".getBytes(ISO_8859_1);
    private static final byte[] HALF = "2J\0\0\0\u0001\0\0\u00ff\u00ff{\"message\":\"half".getBytes(ISO_8859_1);

    /// Hands on a window and half an event, and then something of its own.
    ///
    /// Thread-safety: one thread.
    private abstract static class Peer extends InputStream {
        private final InputStream said;
        int patienceMillis;

        Peer() {
            byte[] all = new byte[WINDOW.length + HALF.length];
            System.arraycopy(WINDOW, 0, all, 0, WINDOW.length);
            System.arraycopy(HALF, 0, all, WINDOW.length, HALF.length);
            said = new ByteArrayInputStream(all);
        }

        abstract int more() throws IOException;

        @Override
        public int read() throws IOException {
            int next = said.read();
            return next < 0 ? more() : next;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int next = read();
            if (next < 0) {
                return -1;
            }
            into[offset] = (byte) next;
            return 1;
        }
    }

    private static void assertLetGo(Peer peer) throws IOException {
        LumberjackInput input = new LumberjackInput(peer, millis -> peer.patienceMillis = millis, LIMITS);
        assertThat(input.window()).isEqualTo(2);
        long began = System.nanoTime();
        assertThatThrownBy(() -> input.events(2, new LumberjackInput.Receiver() {
                    @Override
                    public void part(byte[] bytes, int offset, int length) {}

                    @Override
                    public void end(boolean cut) {}
                }))
                .isInstanceOf(LumberjackProblem.class)
                .hasMessageContaining("window took too long");
        assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(20).toNanos());
    }

    @Test
    void letsASilentSenderGo() throws IOException {
        assertLetGo(new Peer() {
            @Override
            int more() throws IOException {
                assertThat(patienceMillis).isBetween(1, 1200);
                throw new SocketTimeoutException("nothing came in time");
            }
        });
    }

    /// F-SLOW-05: a byte now and then is no progress.
    @Test
    void letsASenderGoThatDribbles() throws IOException {
        assertLetGo(new Peer() {
            @Override
            int more() {
                LockSupport.parkNanos(10_000_000L);
                return 'x';
            }
        });
    }
}
