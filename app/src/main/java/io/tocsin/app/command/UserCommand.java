package io.tocsin.app.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin user list|add|change`: the accounts of a running instance, with the administrator's token.
@Command(
        name = "user",
        mixinStandardHelpOptions = true,
        description = "Lists, makes and changes the accounts of a running instance.",
        subcommands = {UserCommand.Accounts.class, UserCommand.Add.class, UserCommand.Change.class})
final class UserCommand implements Callable<Integer> {
    private static final int GENERATED_BYTES = 18;
    private static final int MAX_PASSWORD_BYTES = 4_000;

    @Override
    public Integer call() {
        throw CommandException.usage(
                "say what to do: tocsin user list, tocsin user add LOGIN, tocsin user change LOGIN");
    }

    /// Where a new password comes from.
    static final class NewPassword {
        @Option(
                names = "--password-stdin",
                description = "Reads the password from the first line of standard input instead of making one up.")
        private boolean standardInput;

        private String generated = "";

        String get() {
            if (!standardInput) {
                byte[] random = new byte[GENERATED_BYTES];
                new SecureRandom().nextBytes(random);
                generated = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
                return generated;
            }
            try {
                byte[] line = System.in.readNBytes(MAX_PASSWORD_BYTES);
                return new String(line, java.nio.charset.StandardCharsets.UTF_8)
                        .lines()
                        .findFirst()
                        .orElse("");
            } catch (IOException e) {
                throw CommandException.cannotStart("cannot read the password from standard input: " + e.getMessage());
            }
        }

        void tell(PrintWriter out, String login) {
            if (!generated.isEmpty()) {
                out.println("password of " + login + ": " + generated);
            }
        }
    }

    /// `list`.
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists accounts with their roles.")
    static final class Accounts implements Callable<Integer> {
        @Mixin
        private final Instance instance = new Instance();

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            PrintWriter out = output.writer();
            JsonNode accounts = instance.get("api/v1/accounts").path("items");
            switch (output.format()) {
                case json -> out.println(accounts.toString());
                case ndjson -> accounts.forEach(account -> out.println(account.toString()));
                case table -> {
                    TextTable table = new TextTable(List.of("LOGIN", "NAME", "ROLE", "STATE"));
                    for (JsonNode account : accounts) {
                        table.row(List.of(
                                account.path("login").asString(""),
                                account.path("name").asString(""),
                                account.path("role").asString(""),
                                account.path("disabled").asBoolean(false) ? "disabled" : "enabled"));
                    }
                    table.print(out);
                }
            }
            return ExitCode.OK;
        }
    }

    /// `add`.
    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Makes an account. Prints the password that it made up, once.")
    static final class Add implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Mixin
        private final Instance instance = new Instance();

        @Mixin
        private final NewPassword password = new NewPassword();

        @Parameters(paramLabel = "LOGIN", description = "Name to sign in with.")
        private String login = "";

        @Option(names = "--name", description = "Name for people (default: the login).")
        private @Nullable String name;

        @Option(
                names = "--role",
                description = "admin, analyst (works on alerts) or viewer (only reads) (default: ${DEFAULT-VALUE}).",
                defaultValue = "analyst")
        private String role = "analyst";

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            ObjectNode body = Instance.JSON.createObjectNode();
            body.put("login", login).put("role", role).put("password", password.get());
            if (name != null) {
                body.put("name", name);
            }
            instance.post("api/v1/accounts", body);
            password.tell(out, login);
            return ExitCode.OK;
        }
    }

    /// `change`.
    @Command(
            name = "change",
            mixinStandardHelpOptions = true,
            description = "Changes name or role of an account, disables or enables it, or gives it a new password.")
    static final class Change implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Mixin
        private final Instance instance = new Instance();

        @Mixin
        private final NewPassword password = new NewPassword();

        @Parameters(paramLabel = "LOGIN", description = "Whose account.")
        private String login = "";

        @Option(names = "--name", description = "New name for people.")
        private @Nullable String name;

        @Option(names = "--role", description = "admin, analyst or viewer.")
        private @Nullable String role;

        @Option(names = "--disable", description = "Ends the sessions of the account and refuses its tokens.")
        private boolean disable;

        @Option(names = "--enable", description = "Lets a disabled account in again.")
        private boolean enable;

        @Option(
                names = "--new-password",
                description = "Gives the account another password; its sessions and tokens end.")
        private boolean newPassword;

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            if (disable && enable) {
                throw CommandException.usage("--disable and --enable exclude each other");
            }
            ObjectNode body = Instance.JSON.createObjectNode();
            if (name != null) {
                body.put("name", name);
            }
            if (role != null) {
                body.put("role", role);
            }
            if (disable || enable) {
                body.put("disabled", disable);
            }
            if (newPassword) {
                body.put("password", password.get());
            }
            if (body.isEmpty()) {
                throw CommandException.usage("say what to change, see 'tocsin user change --help'");
            }
            instance.patch("api/v1/accounts/" + id(), body);
            password.tell(out, login);
            return ExitCode.OK;
        }

        private String id() {
            for (JsonNode account : instance.get("api/v1/accounts").path("items")) {
                if (account.path("login").asString("").equalsIgnoreCase(login)) {
                    return account.path("id").asString("");
                }
            }
            throw CommandException.rejected("there is no such account [login=" + login + "]");
        }
    }
}
