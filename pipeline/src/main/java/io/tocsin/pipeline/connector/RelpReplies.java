package io.tocsin.pipeline.connector;

import java.nio.charset.StandardCharsets;

/// The answers of one RELP session, sent strictly in the order of the frames; messages are answered when they are on
/// disk. See [OrderedReplies].
///
/// Thread-safety: the session's thread.
final class RelpReplies {
    private static final byte[] ACCEPTED = " rsp 6 200 OK\n".getBytes(StandardCharsets.US_ASCII);
    private static final String SERVER_CLOSE = "0 serverclose 0\n";
    private static final int HIGHEST_NUMBER = 999_999_999;
    private static final int MOST_DIGITS = 9;

    /// Answers to messages of one run, whose numbers follow each other.
    ///
    /// Thread-safety: see [OrderedReplies.Reply].
    private static final class Accepted implements OrderedReplies.Reply {
        private int number;
        private int messages;

        Accepted(int first, int messages) {
            this.number = first;
            this.messages = messages;
        }

        @Override
        public int write(byte[] buffer, int from) {
            int length = from;
            while (messages > 0 && buffer.length - length >= MOST_DIGITS + ACCEPTED.length) {
                length = digits(buffer, length, number);
                System.arraycopy(ACCEPTED, 0, buffer, length, ACCEPTED.length);
                length += ACCEPTED.length;
                number = number == HIGHEST_NUMBER ? 1 : number + 1;
                messages--;
            }
            return length;
        }

        @Override
        public int left() {
            return messages;
        }

        private static int digits(byte[] buffer, int from, int number) {
            int end = from + 1;
            for (int rest = number / 10; rest > 0; rest /= 10) {
                end++;
            }
            int rest = number;
            for (int at = end - 1; at >= from; at--) {
                buffer[at] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
            return end;
        }
    }

    private final OrderedReplies replies;

    RelpReplies(StreamConnection connection) {
        this.replies = new OrderedReplies(connection, RelpConnector.SPEC.id());
    }

    /// Takes note of messages handed on in the run at hand.
    ///
    /// @param messages 0: nothing
    void received(int first, int messages) {
        if (messages > 0) {
            replies.addWhenDurable(new Accepted(first, messages));
        }
    }

    /// Answers anything but a message, as soon as what came before is answered.
    ///
    /// @param data of the answer, at most 80 characters in its first line
    void answer(int number, String data) {
        replies.add((data.isEmpty() ? number + " rsp 0\n" : number + " rsp " + data.length() + " " + data + "\n")
                .getBytes(StandardCharsets.ISO_8859_1));
    }

    /// Ends the connection's run; its messages are answered when they are on disk.
    void endRun() {
        replies.endRun();
    }

    /// Waits until fewer answers are not written, or the session has come to its end.
    void awaitFewerThan(int answers) {
        replies.awaitFewerThan(answers);
    }

    /// Waits a while for all answers to be written, then says that this side closes.
    void finish() {
        replies.finish(SERVER_CLOSE);
    }

    /// Writes nothing more: the session has ended.
    void abandon() {
        replies.abandon();
    }
}
