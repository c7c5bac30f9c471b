package io.tocsin.pipeline.enrich.lookup;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.Address;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Asks name servers (RFC 1035) for the name of an address or the address of a name: UDP, over TCP when an answer was
/// cut. Servers take turns; one that fails or does not answer hands over to the next. Answers about nothing carry
/// the time of RFC 2308.
///
/// Keys: [#REVERSE] and an address, or [#FORWARD] and a name. Values: one name in lower case without the dot at its
/// end, or one address. A name without an IPv4 address is asked for its IPv6 address.
///
/// Thread-safety: any thread.
public final class DnsResolver implements Resolver {
    /// First byte of a key: the name of an address is wanted.
    public static final byte REVERSE = 'r';
    /// First byte of a key: the address of a name is wanted.
    public static final byte FORWARD = 'f';

    private static final int LONGEST_NAME = 253;

    private final List<SimpleResolver> servers = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final boolean recursionDesired;

    /// @param addresses of name servers; empty takes those of the system
    /// @param timeout for one question to one server
    /// @throws TocsinException when a server has no address
    public DnsResolver(List<Address> addresses, Duration timeout, boolean recursionDesired) {
        this.recursionDesired = recursionDesired;
        List<InetSocketAddress> sockets = addresses.isEmpty()
                ? ResolverConfig.getCurrentConfig().servers()
                : addresses.stream()
                        .map(address -> new InetSocketAddress(address.host(), address.port()))
                        .toList();
        for (InetSocketAddress socket : sockets) {
            if (socket.isUnresolved()) {
                throw TocsinException.of(
                        ErrorCode.INVALID_CONFIG, "name server has no address [server=" + socket.getHostString() + "]");
            }
            SimpleResolver server = new SimpleResolver(socket);
            server.setTimeout(timeout);
            servers.add(server);
        }
    }

    @Override
    public CompletionStage<Answer> ask(byte[] key) {
        String text = new String(key, 1, key.length - 1, UTF_8);
        try {
            return key[0] == REVERSE
                    ? ask(ReverseMap.fromAddress(InetAddress.ofLiteral(text)), Type.PTR)
                    : forward(Name.fromString(text, Name.root));
        } catch (TextParseException | IllegalArgumentException _) {
            return CompletableFuture.completedStage(Answer.absent(-1));
        }
    }

    private CompletionStage<Answer> forward(Name name) {
        return ask(name, Type.A)
                .thenCompose(answer -> answer.kind() == Answer.Kind.ABSENT
                        ? ask(name, Type.AAAA)
                        : CompletableFuture.completedStage(answer));
    }

    private CompletionStage<Answer> ask(Name name, int type) {
        return ask(name, type, Math.floorMod(turn.getAndIncrement(), servers.size()), servers.size());
    }

    private CompletionStage<Answer> ask(Name name, int type, int server, int tries) {
        Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        if (!recursionDesired) {
            question.getHeader().unsetFlag(Flags.RD);
        }
        return servers.get(server)
                .sendAsync(question)
                .handle((message, failure) -> failure == null ? answer(message, type) : Answer.failed())
                .thenCompose(answer -> answer.kind() == Answer.Kind.FAILED && tries > 1
                        ? ask(name, type, (server + 1) % servers.size(), tries - 1)
                        : CompletableFuture.completedStage(answer));
    }

    private static Answer answer(Message message, int type) {
        int code = message.getHeader().getRcode();
        if (code == Rcode.NXDOMAIN) {
            return Answer.absent(absentSeconds(message));
        }
        if (code != Rcode.NOERROR) {
            return Answer.failed();
        }
        long seconds = Long.MAX_VALUE;
        for (Record record : message.getSection(Section.ANSWER)) {
            // The way over CNAME records counts for the time, too.
            seconds = Math.min(seconds, record.getTTL());
            if (record.getType() == type) {
                String value = value(record);
                if (!value.isEmpty()) {
                    return Answer.found(List.of(value.getBytes(UTF_8)), seconds);
                }
            }
        }
        return Answer.absent(absentSeconds(message));
    }

    private static String value(Record record) {
        return switch (record) {
            case ARecord address -> address.getAddress().getHostAddress();
            case AAAARecord address -> address.getAddress().getHostAddress();
            case PTRRecord pointer -> {
                String name = pointer.getTarget().toString(true).toLowerCase(Locale.ROOT);
                yield name.length() > LONGEST_NAME ? "" : name;
            }
            default -> "";
        };
    }

    private static long absentSeconds(Message message) {
        for (Record record : message.getSection(Section.AUTHORITY)) {
            if (record instanceof SOARecord soa) {
                return Math.min(soa.getTTL(), soa.getMinimum());
            }
        }
        return -1;
    }

    /// True when a text can be the key of a question for an address: it looks like a name.
    public static boolean isName(byte[] bytes, int offset, int length) {
        if (length < 2 || length > LONGEST_NAME) {
            return false;
        }
        for (int i = offset; i < offset + length; i++) {
            byte letter = bytes[i];
            boolean plain = (letter >= '0' && letter <= '9')
                    || (letter >= 'a' && letter <= 'z')
                    || (letter >= 'A' && letter <= 'Z')
                    || letter == '.'
                    || letter == '-'
                    || letter == '_';
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        // The library closes the socket of each question with its answer.
    }
}
