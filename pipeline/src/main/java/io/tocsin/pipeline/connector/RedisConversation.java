package io.tocsin.pipeline.connector;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.JsonWriter;
import io.tocsin.config.Secret;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One connection of a Redis input: what is done for each command. Commands of half a connection do nothing: all events
/// of a command are handed on, or none.
///
/// Thread-safety: one thread.
final class RedisConversation {
    /// What lies here at most before it is handed on, beside the command at hand.
    private static final int RUN_BYTES = 1 << 20;

    private static final int RUN_COMMANDS = 4096;
    /// Replies that a peer may leave untaken before it is read no further.
    private static final int MAXIMUM_WAITING = 4096;
    /// Of what is said back to the peer.
    private static final int MAXIMUM_ECHO_BYTES = 512;
    /// Of an entry of a stream.
    private static final int MAXIMUM_FIELDS = 1024;

    private static final String OK = "+OK\r\n";
    private static final String NIL = "$-1\r\n";
    /// Old enough that clients stay with RESP2, and new enough for all that they push.
    private static final String INFO = String.join(
            "\r\n",
            "# Server",
            "redis_version:5.0.14",
            "redis_mode:standalone",
            "# Replication",
            "role:master",
            "connected_slaves:0",
            "");

    private static final Pattern ENTRY = Pattern.compile("[0-9]{1,19}(-([0-9]{1,19}|\\*))?");
    private static final Set<String> MARKS = Set.of("NOMKSTREAM", "KEEPREF", "DELREF", "ACKED");
    private static final Set<String> TRIMS = Set.of("MAXLEN", "MINID", "LIMIT");

    /// Events of a command that are not handed on yet: arguments, or a text made of some.
    private record Events(int from, int to, @Nullable String text) {}

    private final RedisConnector connector;
    private final RedisConnector.Config config;
    private final StreamConnection connection;
    private final RedisInput input;
    private final OrderedReplies replies;
    private final EntryOrigin origin;
    private final List<Events> pending = new ArrayList<>();
    private boolean trusted;

    RedisConversation(RedisConnector connector, StreamConnection connection) {
        this.connector = connector;
        this.config = connector.config();
        this.connection = connection;
        this.origin = connection.origin();
        this.replies = new OrderedReplies(connection, RedisConnector.SPEC.id());
        this.input = new RedisInput(
                connection::read, connection.budget(), config.maxEventBytes(), config.eventTimeout(), this::handOn);
        if (config.password() == null) {
            trust();
        }
    }

    private void trust() {
        trusted = true;
        input.trust();
    }

    /// Serves commands until the connection is of no more use.
    void run() throws IOException {
        try {
            serveAll();
        } catch (RedisProblem e) {
            connection.counters().increment(e.counter());
            handOn();
            if (!String.valueOf(e.getMessage()).isEmpty()) {
                replies.add("-" + e.getMessage() + "\r\n");
            }
            replies.finish("");
        } finally {
            replies.abandon();
            input.close();
        }
    }

    private void serveAll() throws IOException {
        boolean more = true;
        while (more && input.next()) {
            more = serve();
            if (pending.size() >= RUN_COMMANDS || input.texts().bytes() >= RUN_BYTES) {
                handOn();
            }
            if (replies.waiting() >= MAXIMUM_WAITING) {
                handOn();
                replies.awaitFewerThan(MAXIMUM_WAITING);
            }
        }
        handOn();
        replies.finish("");
        connection.endOutput();
    }

    /// Hands on the events of all whole commands, as one run.
    private void handOn() {
        if (!pending.isEmpty()) {
            EventTexts texts = input.texts();
            connection.begin();
            try {
                for (Events events : pending) {
                    if (events.text != null) {
                        byte[] text = events.text.getBytes(UTF_8);
                        accept(text, 0, Math.min(text.length, config.maxEventBytes()), cut(text.length));
                    }
                    for (int i = events.from; i < events.to; i++) {
                        accept(texts.array(), texts.start(i), texts.length(i), texts.flag(i));
                    }
                }
            } finally {
                pending.clear();
                replies.endRun();
            }
        }
        input.forget();
    }

    private int cut(int length) {
        return length > config.maxEventBytes() ? EventBatch.FLAG_CUT : 0;
    }

    private void accept(byte[] bytes, int offset, int whole, int flags) {
        int length = whole;
        while (!connector.isBinary()
                && length > 0
                && (bytes[offset + length - 1] == '\n' || bytes[offset + length - 1] == '\r')) {
            length--;
        }
        if (length > 0) {
            connection.sink().accept(origin, bytes, offset, length, flags);
        }
    }

    /// Does what a command says; false when it is the last.
    private boolean serve() {
        String name = input.text(0).toUpperCase(Locale.ROOT);
        switch (name) {
            case "QUIT" -> {
                replies.add(OK);
                return false;
            }
            case "AUTH" -> authenticate();
            case "PING", "ECHO", "SELECT", "CLIENT", "INFO", "COMMAND", "LLEN", "LPUSH", "RPUSH", "PUBLISH", "XADD" -> {
                if (trusted) {
                    command(name);
                } else {
                    replies.add("-NOAUTH Authentication required.\r\n");
                }
            }
            default -> replies.add("-ERR unknown command '" + shown(input.text(0)) + "'\r\n");
        }
        return true;
    }

    private void command(String name) {
        int count = input.count();
        switch (name) {
            case "LPUSH", "RPUSH" -> {
                if (count < 3) {
                    wrongNumber(name);
                } else if (mayWrite()) {
                    take(2, count);
                    replies.addWhenDurable(":" + (count - 2) + "\r\n");
                }
            }
            case "PUBLISH" -> {
                if (count != 3) {
                    wrongNumber(name);
                } else if (mayWrite()) {
                    take(2, 3);
                    replies.addWhenDurable(":1\r\n");
                }
            }
            case "XADD" -> addEntry();
            case "PING", "ECHO" -> echo(name);
            case "SELECT" -> replies.add(count == 2 ? OK : "-ERR wrong number of arguments for 'select' command\r\n");
            case "LLEN" -> replies.add(":0\r\n");
            case "INFO" -> replies.add("$" + INFO.length() + "\r\n" + INFO + "\r\n");
            case "COMMAND" -> replies.add(isArgument("COUNT") ? ":0\r\n" : "*0\r\n");
            case "CLIENT" ->
                replies.add(
                        isArgument("ID")
                                ? ":1\r\n"
                                : isArgument("GETNAME")
                                        ? NIL
                                        : isArgument("SETNAME") || isArgument("SETINFO")
                                                ? OK
                                                : "-ERR unknown subcommand of 'client'\r\n");
            default -> throw new IllegalStateException("command is not known [name=" + name + "]");
        }
    }

    private boolean isArgument(String word) {
        return input.count() > 1 && input.text(1).equalsIgnoreCase(word);
    }

    private void echo(String name) {
        if (name.equals("PING") && input.count() == 1) {
            replies.add("+PONG\r\n");
        } else if (input.count() != 2) {
            wrongNumber(name);
        } else if (input.texts().length(input.first() + 1) > MAXIMUM_ECHO_BYTES) {
            replies.add("-ERR the message is too long\r\n");
        } else {
            // Byte by byte: redis-cli knows the end of a pipeline by random ones.
            EventTexts texts = input.texts();
            int argument = input.first() + 1;
            int length = texts.length(argument);
            ByteArrayOutputStream reply = new ByteArrayOutputStream(length + 16);
            reply.writeBytes(("$" + length + "\r\n").getBytes(UTF_8));
            reply.write(texts.array(), texts.start(argument), length);
            reply.writeBytes("\r\n".getBytes(UTF_8));
            replies.add(reply.toByteArray());
        }
    }

    private void authenticate() {
        Secret password = config.password();
        int count = input.count();
        if (count != 2 && count != 3) {
            wrongNumber("AUTH");
        } else if (password == null) {
            replies.add("-ERR Client sent AUTH, but no password is set\r\n");
        } else if ((count == 2 || input.text(1).equals("default"))
                && connector.isPassword(password, input.text(count - 1))) {
            trust();
            replies.add(OK);
        } else {
            connection.counters().increment(StageCounter.REQUESTS_REFUSED);
            replies.add("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
        }
    }

    private boolean mayWrite() {
        if (config.keys().isEmpty() || config.keys().contains(input.text(1))) {
            return true;
        }
        connection.counters().increment(StageCounter.REQUESTS_REFUSED);
        replies.add("-NOPERM this collector does not take what is written to this key\r\n");
        return false;
    }

    private void take(int from, int to) {
        pending.add(new Events(input.first() + from, input.first() + to, null));
    }

    /// `XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value …]`
    private void addEntry() {
        int count = input.count();
        int at = 2;
        while (at < count) {
            String word = input.text(at).toUpperCase(Locale.ROOT);
            if (TRIMS.contains(word)) {
                at++;
                if (at < count && (input.text(at).equals("~") || input.text(at).equals("="))) {
                    at++;
                }
            } else if (!MARKS.contains(word)) {
                break;
            }
            at++;
        }
        int fields = at + 1;
        if (fields + 1 >= count || (count - fields) % 2 != 0) {
            wrongNumber("XADD");
            return;
        }
        if (count - fields > 2 * MAXIMUM_FIELDS) {
            replies.add("-ERR an entry has at most " + MAXIMUM_FIELDS + " fields here\r\n");
            return;
        }
        String entry = input.text(at);
        if (!entry.equals("*") && !ENTRY.matcher(entry).matches()) {
            replies.add("-ERR Invalid stream ID specified as stream command argument\r\n");
            return;
        }
        if (!mayWrite()) {
            return;
        }
        if (fields + 2 == count) {
            take(fields + 1, count);
        } else {
            pending.add(new Events(0, 0, object(fields, count)));
        }
        String shown = entry.equals("*") ? connector.nextEntry() : entry.contains("-") ? entry : entry + "-0";
        shown = shown.replace("*", "0");
        replies.addWhenDurable("$" + shown.length() + "\r\n" + shown + "\r\n");
    }

    /// Fields as an object. What lies behind the longest event is left out: it is cut there anyway.
    private String object(int from, int to) {
        List<ConfigNode.Entry> entries = new ArrayList<>();
        long bytes = 0;
        for (int i = from; i + 1 < to && bytes <= config.maxEventBytes(); i += 2) {
            bytes += input.texts().length(input.first() + i) + input.texts().length(input.first() + i + 1);
            ConfigNode.Scalar value = ConfigNode.text(input.text(i + 1));
            entries.add(new ConfigNode.Entry(value.position(), input.text(i), value));
        }
        return JsonWriter.write(new ConfigNode.Mapping(entries.getFirst().position(), entries));
    }

    private void wrongNumber(String name) {
        replies.add("-ERR wrong number of arguments for '" + name.toLowerCase(Locale.ROOT) + "' command\r\n");
    }

    /// As much of a text of the peer as may stand in a reply of one line.
    private static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), 64); i++) {
            char c = text.charAt(i);
            shown.append(c > ' ' && c < 0x7F && c != '\'' ? c : '?');
        }
        return shown.toString();
    }
}
