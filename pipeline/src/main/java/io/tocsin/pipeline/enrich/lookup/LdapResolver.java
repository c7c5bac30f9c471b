package io.tocsin.pipeline.enrich.lookup;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.unboundid.ldap.sdk.ANONYMOUSBindRequest;
import com.unboundid.ldap.sdk.BindRequest;
import com.unboundid.ldap.sdk.DereferencePolicy;
import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPConnectionPool;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResult;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.StartTLSPostConnectProcessor;
import com.unboundid.util.ssl.HostNameSSLSocketVerifier;
import com.unboundid.util.ssl.JVMDefaultTrustManager;
import com.unboundid.util.ssl.PEMFileTrustManager;
import com.unboundid.util.ssl.SSLUtil;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.KeyStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// Asks a directory (LDAP v3, RFC 4511) for an account by a search filter. Connections are pooled and opened when they
/// are needed, so a directory that is away at the start does no harm.
///
/// Keys: one byte that does not matter, and the name. Values: the attributes of the options in their order, each
/// empty when the account does not have it; of several values the first. `objectGUID` and `objectSid` come in their
/// usual text forms. A name that fits several accounts fits none.
///
/// Thread-safety: any thread.
public final class LdapResolver implements Resolver {
    private static final System.Logger LOGGER = System.getLogger(LdapResolver.class.getName());

    private final LdapOptions options;
    private final LDAPConnectionPool pool;
    private final ExecutorService searches = Executors.newVirtualThreadPerTaskExecutor();

    /// @param parallel most connections
    public LdapResolver(LdapOptions options, int parallel) {
        this.options = options;
        LDAPConnectionOptions connection = new LDAPConnectionOptions();
        int timeoutMillis = (int) options.timeout().toMillis();
        connection.setConnectTimeoutMillis(timeoutMillis);
        connection.setResponseTimeoutMillis(timeoutMillis);
        connection.setUseSynchronousMode(true);
        connection.setAbandonOnTimeout(true);
        // The library trusts any name by default.
        connection.setSSLSocketVerifier(new HostNameSSLSocketVerifier(true));
        String[] hosts =
                options.servers().stream().map(LdapOptions.Server::host).toArray(String[]::new);
        int[] ports =
                options.servers().stream().mapToInt(LdapOptions.Server::port).toArray();
        try {
            SSLContext tls = options.encrypted() || options.startTls() ? tls(options) : null;
            FailoverServerSet servers = options.encrypted() && tls != null
                    ? new FailoverServerSet(hosts, ports, tls.getSocketFactory(), connection)
                    : new FailoverServerSet(hosts, ports, connection);
            pool = new LDAPConnectionPool(
                    servers,
                    bind(options),
                    0,
                    parallel,
                    tls != null && options.startTls() && !options.encrypted()
                            ? new StartTLSPostConnectProcessor(tls)
                            : null);
        } catch (LDAPException | GeneralSecurityException e) {
            throw TocsinException.of(
                    ErrorCode.INVALID_CONFIG, "cannot use a directory [reason=" + e.getMessage() + "]", e);
        }
        pool.setRetryFailedOperationsDueToInvalidConnections(true);
    }

    private static SSLContext tls(LdapOptions options) throws GeneralSecurityException {
        TrustManager trust;
        try {
            trust = options.trust() == null
                    ? JVMDefaultTrustManager.getInstance()
                    : new PEMFileTrustManager(options.trust().toFile());
        } catch (KeyStoreException e) {
            throw new GeneralSecurityException(
                    "certificates to trust cannot be read, file=" + options.trust() + ": " + e.getMessage(), e);
        }
        return new SSLUtil(trust).createSSLContext();
    }

    private static BindRequest bind(LdapOptions options) {
        return options.user() == null || options.secret() == null
                ? new ANONYMOUSBindRequest()
                : new SimpleBindRequest(options.user(), options.secret().reveal());
    }

    @Override
    public CompletionStage<Answer> ask(byte[] key) {
        String name = new String(key, 1, key.length - 1, UTF_8);
        return CompletableFuture.supplyAsync(() -> search(name), searches);
    }

    private Answer search(String name) {
        try {
            Filter filter = Filter.create(options.filter().replace("{key}", Filter.encodeValue(name)));
            SearchRequest request = new SearchRequest(
                    options.base(),
                    SearchScope.SUB,
                    DereferencePolicy.NEVER,
                    2,
                    Math.max(1, (int) options.timeout().toSeconds()),
                    false,
                    filter,
                    options.attributes().toArray(String[]::new));
            SearchResult result = pool.search(request);
            List<SearchResultEntry> entries = result.getSearchEntries();
            return entries != null && entries.size() == 1
                    ? Answer.found(values(entries.getFirst()), -1)
                    : Answer.absent(-1);
        } catch (LDAPSearchException e) {
            ResultCode code = e.getResultCode();
            if (code.equals(ResultCode.SIZE_LIMIT_EXCEEDED) || code.equals(ResultCode.NO_SUCH_OBJECT)) {
                return Answer.absent(-1);
            }
            return failed(e);
        } catch (LDAPException e) {
            return failed(e);
        }
    }

    private static Answer failed(LDAPException e) {
        LOGGER.log(System.Logger.Level.DEBUG, "directory failed [reason={0}]", e.getExceptionMessage());
        return Answer.failed();
    }

    private List<byte[]> values(SearchResultEntry entry) {
        List<byte[]> values = new ArrayList<>();
        for (String attribute : options.attributes()) {
            byte[] value = attribute.equalsIgnoreCase("dn")
                    ? entry.getDN().getBytes(UTF_8)
                    : entry.getAttributeValueBytes(attribute);
            values.add(value == null ? new byte[0] : text(attribute, value));
        }
        return values;
    }

    private static byte[] text(String attribute, byte[] value) {
        String text = switch (attribute.toLowerCase(Locale.ROOT)) {
            case "objectguid" -> guid(value);
            case "objectsid" -> sid(value);
            default -> null;
        };
        return text == null ? value : text.getBytes(UTF_8);
    }

    /// Text of a GUID, whose first three parts come with their last byte first.
    static @Nullable String guid(byte[] value) {
        if (value.length != 16) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        long high = (bytes.getInt() & 0xffff_ffffL) << 32
                | (bytes.getShort() & 0xffffL) << 16
                | (bytes.getShort() & 0xffffL);
        return new UUID(high, bytes.order(ByteOrder.BIG_ENDIAN).getLong()).toString();
    }

    /// Text of a security identifier: `S-1-5-21-…`.
    static @Nullable String sid(byte[] value) {
        if (value.length < 8 || value.length != 8 + (value[1] & 0xff) * 4) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(value);
        long authority = bytes.getLong() & 0xffff_ffff_ffffL;
        StringBuilder text =
                new StringBuilder("S-").append(value[0] & 0xff).append('-').append(authority);
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.remaining() >= 4) {
            text.append('-').append(bytes.getInt() & 0xffff_ffffL);
        }
        return text.toString();
    }

    @Override
    public void close() {
        searches.shutdownNow();
        pool.close();
    }
}
