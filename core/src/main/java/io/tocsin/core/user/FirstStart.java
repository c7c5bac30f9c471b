package io.tocsin.core.user;

import io.tocsin.core.http.PrivateFile;
import io.tocsin.core.repository.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/// Makes the first administrator when there is no account yet, with a generated password and token that stand
/// in files only their owner may read. The files are complete before the account exists: a crash in between
/// repeats the whole.
final class FirstStart {
    private static final System.Logger LOG = System.getLogger(FirstStart.class.getName());
    private static final int PASSWORD_LENGTH = 24;

    private FirstStart() {}

    static void run(
            Path dataFolder,
            Database database,
            Accounts accounts,
            Tokens tokens,
            Secrets secrets,
            InstantSource clock) {
        if (!accounts.isEmpty()) {
            return;
        }
        String password = secrets.next().substring(0, PASSWORD_LENGTH);
        String token = tokens.newSecret();
        Path passwordFile = dataFolder.resolve("admin.password");
        try {
            Files.createDirectories(dataFolder);
            PrivateFile.write(passwordFile, password);
            PrivateFile.write(dataFolder.resolve("admin.token"), token);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot write the first administrator's password [folder=" + dataFolder + "]", e);
        }
        String hash = accounts.hash(password);
        database.transaction(() -> {
            CurrentUser admin =
                    Accounts.add(database.writer(), "admin", "Administrator", Role.ADMIN, hash, clock.millis());
            return tokens.insert(admin.id(), "first start", token, null);
        });
        LOG.log(
                System.Logger.Level.INFO,
                "made the first administrator [login=admin, passwordFile=" + passwordFile + "]");
    }
}
