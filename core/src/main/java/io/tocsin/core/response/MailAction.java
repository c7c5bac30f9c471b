package io.tocsin.core.response;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ValueType;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Sends an e-mail. Sender and recipients are fixed by configuration; values of events stand in subject and text, where
/// they can be nothing else than that.
///
/// At least once: every attempt of a run carries the same `Message-ID`.
///
/// Immutable.
final class MailAction implements ResponseAction {
    private static final Pattern MAILBOX =
            Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`|~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`|~-]+)*@[A-Za-z0-9.-]{1,253}|"
                    + "[A-Za-z0-9!#$%&'*+/=?^_`|~-]+@\\[[0-9A-Fa-f:.IPv]+\\]");
    private static final ValueType<String> ADDRESS = ValueType.ofText(
            "e-mail address",
            "an e-mail address such as soc@example.org",
            text -> MAILBOX.matcher(text).matches() && text.length() <= 254 ? text : null,
            text -> text);

    private static final int MOST_RECIPIENTS = 50;

    static final ComponentSpec<MailAction> SPEC =
            ComponentSpec.of("email", "Sends an e-mail through an SMTP server.", keys -> {
                var server = keys.address("server", "The SMTP server.")
                        .example("mail.example.org:587")
                        .required();
                var security = keys.choice(
                                "security",
                                "starttls asks for TLS and sends nothing without it, tls speaks it from the beginning,"
                                        + " none sends everything readable.",
                                SmtpClient.Security.class)
                        .defaultTo(SmtpClient.Security.STARTTLS);
                var user = keys.text("user", "Name to sign in with.").optional();
                var password = keys.secret("password", "Password that belongs to the name.")
                        .optional();
                var authorities = keys.text(
                                "authorities",
                                "PEM file of the authorities that sign the certificate of the server; without it those"
                                        + " that the Java runtime trusts.")
                        .optional();
                var from = keys.key("from", "Sender.", ADDRESS).required();
                var to = keys.list("to", "Recipients.", ADDRESS).required();
                var subject = keys.key("subject", "Subject, a template.", Template.TYPE)
                        .defaultTo(template("[{priority}] {CorrelationRuleName}"));
                var text = keys.key("text", "The message, a template.", Template.TYPE)
                        .defaultTo(template("""
                                {Message}

                                Rule: {CorrelationRuleName}
                                Priority: {priority}
                                From {StartTime} to {EndTime}
                                Assets: {AffectedAssets}
                                Alert: {alert}
                                """));
                var timeout = keys.duration(
                                "timeout",
                                "Longest time that the server may take for one answer.",
                                Duration.ofMillis(100),
                                Duration.ofMinutes(5))
                        .defaultTo(Duration.ofSeconds(20));
                var longest = keys.duration(
                                "longest",
                                "Longest time that the whole conversation may take.",
                                Duration.ofMillis(100),
                                Duration.ofMinutes(30))
                        .defaultTo(Duration.ofMinutes(2));
                return values -> {
                    if (values.get(to).isEmpty() || values.get(to).size() > MOST_RECIPIENTS) {
                        values.refuse("to", "an e-mail has 1 to " + MOST_RECIPIENTS + " recipients");
                    }
                    if ((values.get(user) == null) != (values.get(password) == null)) {
                        values.refuse("user", "user and password belong together: give both or none");
                    }
                    if (values.get(user) != null && values.get(security) == SmtpClient.Security.NONE) {
                        values.refuse("security", "a password is not sent without TLS: use starttls or tls");
                    }
                    ResponseSpecs.refuseLiteral(values, "password", values.get(password));
                    String file = values.get(authorities);
                    return new MailAction(
                            new SmtpClient.Server(
                                    values.get(server),
                                    values.get(security),
                                    values.get(user),
                                    values.get(password),
                                    file == null ? null : Path.of(file),
                                    values.get(timeout),
                                    values.get(longest)),
                            values.get(from),
                            values.get(to),
                            values.get(subject),
                            values.get(text));
                };
            });

    private final SmtpClient.Server server;
    private final String from;
    private final List<String> to;
    private final Template subject;
    private final Template text;

    private MailAction(SmtpClient.Server server, String from, List<String> to, Template subject, Template text) {
        this.server = server;
        this.from = from;
        this.to = List.copyOf(to);
        this.subject = subject;
        this.text = text;
    }

    private static Template template(String text) {
        return Template.parse(text, new java.util.ArrayList<>());
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
        shown.put("server", server.address() + " " + server.security());
        shown.put("from", from);
        shown.put("to", String.join(", ", to));
        shown.put("subject", MailMessage.oneLine(subject.text(event)));
        shown.put("text", text.text(event));
        return shown;
    }

    @Override
    public RunResult run(FiredEvent event, RunSite site) {
        MailMessage message = new MailMessage(
                from,
                to,
                subject.text(event),
                text.text(event),
                event.run(),
                site.clock().instant());
        try (ConversationLimit limit = new ConversationLimit(server.longest())) {
            return send(message, limit);
        }
    }

    private RunResult send(MailMessage message, ConversationLimit limit) {
        try (SmtpClient client = SmtpClient.connect(server, limit)) {
            String answer = client.send(message);
            return RunResult.done("taken by " + server.address() + " for " + to.size() + " recipients", answer);
        } catch (SmtpClient.RefusedException e) {
            return e.isTransient()
                    ? RunResult.later("server answered: " + e.getMessage())
                    : RunResult.failed("server refused: " + e.getMessage(), "");
        } catch (IOException | TocsinException e) {
            return RunResult.later(
                    limit.isOver()
                            ? "not sent: the conversation took longer than "
                                    + server.longest().toMillis() + " ms"
                            : "not sent: " + e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
