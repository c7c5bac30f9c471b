package io.tocsin.core.response;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.Secret;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Sends an HTTP request. The address is fixed by configuration, values of events stand in the body only; redirects are
/// never followed.
///
/// At least once: every attempt carries the same `Tocsin-Run`, by which the other side recognises it.
///
/// With `signature`, the header `Tocsin-Signature: t=SECONDS,v1=HEX` carries the HMAC-SHA256 (RFC 2104) of `SECONDS`, a
/// dot and the bytes of the body. A receiver that refuses old `t` cannot be shown a recorded request.
///
/// | answer | |
/// |---|---|
/// | 2xx | done |
/// | 408, 425, 429, 5xx, none in time | another attempt, not before `Retry-After` |
/// | anything else, 3xx too | failed for good |
///
/// Thread-safety: any thread.
final class WebhookAction implements ResponseAction {
    static final ComponentSpec<WebhookAction> SPEC =
            ComponentSpec.of("webhook", "Sends an HTTP request; done when it is answered with 2xx.", keys -> {
                var url = keys.text("url", "Where to; http or https.")
                        .example("https://chat.example.org/hooks/soc")
                        .required();
                var method = keys.choice("method", "How.", Method.class).defaultTo(Method.POST);
                var headers = keys.mapping("headers", "Headers, as they are.", ValueTypes.TEXT)
                        .defaultTo(Map.of());
                var json = keys.key(
                                "json",
                                "The body as a tree whose texts are templates. Without it and 'text', an object with"
                                        + " the name of the response, the run and the event.",
                                JsonTemplate.TYPE)
                        .optional();
                var text = keys.key("text", "The body as one template, sent as text/plain.", Template.TYPE)
                        .optional();
                var signature = keys.secret("signature", "Key of the signature of the body.")
                        .optional();
                var token = keys.secret("token", "Token for bearer authorization (RFC 6750).")
                        .optional();
                var user = keys.text("user", "Name for basic authorization (RFC 7617).")
                        .optional();
                var password = keys.secret("password", "Password that belongs to the name.")
                        .optional();
                var authorities = keys.text(
                                "authorities",
                                "PEM file of the authorities that sign the certificate of the other side; without it"
                                        + " those that the Java runtime trusts.")
                        .optional();
                var timeout = keys.duration(
                                "timeout", "Longest time of an attempt.", Duration.ofMillis(100), Duration.ofMinutes(5))
                        .defaultTo(Duration.ofSeconds(10));
                return values -> {
                    URI address = address(values, values.get(url));
                    checkHeaders(values, values.get(headers));
                    if (values.get(json) != null && values.get(text) != null) {
                        values.refuse("text", "a body is 'json' or 'text', not both");
                    }
                    if ((values.get(user) == null) != (values.get(password) == null)) {
                        values.refuse("user", "user and password belong together: give both or none");
                    }
                    if (values.get(user) != null && values.get(token) != null) {
                        values.refuse("token", "a request shows a password or a token, not both");
                    }
                    ResponseSpecs.refuseLiteral(values, "signature", values.get(signature));
                    ResponseSpecs.refuseLiteral(values, "token", values.get(token));
                    ResponseSpecs.refuseLiteral(values, "password", values.get(password));
                    String authorityFile = values.get(authorities);
                    return new WebhookAction(
                            address,
                            values.get(method),
                            values.get(headers),
                            values.get(json),
                            values.get(text),
                            new Credentials(
                                    values.get(signature), values.get(token), values.get(user), values.get(password)),
                            authorityFile == null ? null : Path.of(authorityFile),
                            values.get(timeout));
                };
            });

    private static final Set<String> OURS = Set.of(
            "authorization",
            "content-length",
            "connection",
            "host",
            "expect",
            "upgrade",
            "tocsin-run",
            "tocsin-response",
            "tocsin-signature");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final int SHOWN_BODY = 2_000;
    private static final Duration CONNECTING = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private enum Method {
        POST,
        PUT
    }

    private record Credentials(
            @Nullable Secret signature,
            @Nullable Secret token,
            @Nullable String user,
            @Nullable Secret password) {}

    private final URI url;
    private final Method method;
    private final Map<String, String> headers;
    private final @Nullable JsonTemplate json;
    private final @Nullable Template text;
    private final Credentials credentials;
    private final @Nullable Path authorities;
    private final Duration timeout;
    private @Nullable HttpClient client;

    private WebhookAction(
            URI url,
            Method method,
            Map<String, String> headers,
            @Nullable JsonTemplate json,
            @Nullable Template text,
            Credentials credentials,
            @Nullable Path authorities,
            Duration timeout) {
        this.url = url;
        this.method = method;
        this.headers = new LinkedHashMap<>(headers);
        this.json = json;
        this.text = text;
        this.credentials = credentials;
        this.authorities = authorities;
        this.timeout = timeout;
    }

    private static URI address(Values values, String text) {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null
                    && uri.getUserInfo() == null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        values.refuse(
                "url", "not an address such as https://host/path without name and password in it [url=" + text + "]");
        return URI.create("http://localhost");
    }

    private static void checkHeaders(Values values, Map<String, String> headers) {
        headers.forEach((name, value) -> {
            if (OURS.contains(name.toLowerCase(Locale.ROOT))) {
                values.refuse("headers", "this header is not for you to set [header=" + name + "]: use the key for it");
            } else if (!HEADER.matcher(name).matches() || value.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
                values.refuse("headers", "not a header of HTTP [header=" + name + "]");
            }
        });
    }

    @Override
    public String kind() {
        return SPEC.id();
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public Map<String, String> rendered(FiredEvent event) {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("request", method + " " + url);
        headers.forEach((name, value) -> shown.put("header " + name, value));
        shown.put("header Content-Type", contentType());
        shown.put("header Tocsin-Run", event.run());
        if (credentials.signature() != null) {
            shown.put("header Tocsin-Signature", "t=…,v1=…");
        }
        shown.put("body", body(event));
        return shown;
    }

    private String body(FiredEvent event) {
        if (text != null) {
            return text.text(event);
        }
        if (json != null) {
            return json.json(event).toString();
        }
        var object = event.fields().objectNode();
        object.put("response", event.response());
        object.put("run", event.run());
        object.put("alert", event.alert());
        object.set("event", event.fields());
        return object.toString();
    }

    private String contentType() {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase("content-type"))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(text == null ? "application/json" : "text/plain; charset=utf-8");
    }

    @Override
    public RunResult run(FiredEvent event, RunSite site) throws InterruptedException {
        byte[] body = body(event).getBytes(StandardCharsets.UTF_8);
        HttpRequest request;
        HttpClient connection;
        try {
            request = request(event, body, site.clock().millis() / 1_000);
            connection = client();
        } catch (TocsinException | IOException e) {
            return RunResult.later("not sent: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            // What Java says of it would show it.
            return RunResult.failed("not sent: a secret is empty or has characters that a header cannot hold", "");
        }
        // The time limit of the client ends with the headers of the answer; this one is over all of it.
        CompletableFuture<HttpResponse<String>> sending = connection.sendAsync(request, _ -> new BodyStart(SHOWN_BODY));
        try {
            HttpResponse<String> answer = sending.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return result(answer);
        } catch (TimeoutException e) {
            sending.cancel(true);
            return RunResult.later("no answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException | CancellationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return RunResult.later("not sent: " + cause.getClass().getSimpleName() + ": " + cause.getMessage());
        } catch (InterruptedException e) {
            sending.cancel(true);
            throw e;
        }
    }

    private static RunResult result(HttpResponse<String> answer) {
        int status = answer.statusCode();
        String output = answer.body();
        if (status / 100 == 2) {
            return RunResult.done("answered " + status, output);
        }
        if (status / 100 == 3) {
            return RunResult.failed("answered " + status + ", redirects are not followed", output);
        }
        boolean later = status / 100 == 5 || status == 408 || status == 425 || status == 429;
        return new RunResult(
                later ? RunResult.End.LATER : RunResult.End.FAILED, "answered " + status, output, retryAfter(answer));
    }

    private static Duration retryAfter(HttpResponse<String> answer) {
        try {
            long seconds = Long.parseLong(
                    answer.headers().firstValue("Retry-After").orElse("0").strip());
            return Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_PAUSE.toSeconds()));
        } catch (NumberFormatException aDateOrNonsense) {
            return Duration.ZERO;
        }
    }

    private HttpRequest request(FiredEvent event, byte[] body, long epochSeconds) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .method(method.name(), BodyPublishers.ofByteArray(body))
                .header("Tocsin-Run", event.run())
                .header("Tocsin-Response", event.response());
        headers.forEach(request::setHeader);
        request.setHeader("Content-Type", contentType());
        if (credentials.signature() != null) {
            String signed = signature(credentials.signature().reveal(), epochSeconds, body);
            request.header("Tocsin-Signature", "t=" + epochSeconds + ",v1=" + signed);
        }
        if (credentials.token() != null) {
            request.header("Authorization", "Bearer " + credentials.token().reveal());
        } else if (credentials.user() != null && credentials.password() != null) {
            String pair = credentials.user() + ":" + credentials.password().reveal();
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
        return request.build();
    }

    /// HMAC-SHA256 of the time, a dot and the body, as hex.
    static String signature(String key, long epochSeconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((epochSeconds + ".").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }

    private synchronized HttpClient client() throws IOException {
        HttpClient known = client;
        if (known == null) {
            known = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(timeout.compareTo(CONNECTING) < 0 ? timeout : CONNECTING)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .sslContext(PeerTls.context(authorities))
                    .build();
            client = known;
        }
        return known;
    }
}
