package io.tocsin.config;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A value that must not be shown. Written as a reference, `env:NAME` or `file:PATH`, or, for trials, literally. A
/// reference is followed each time the value is asked for, so that a changed file takes effect. Immutable.
public final class Secret {
    private static final String ENVIRONMENT = "env:";
    private static final String FILE = "file:";

    private final String reference;

    private Secret(String reference) {
        this.reference = reference;
    }

    public static Secret of(String reference) {
        return new Secret(reference);
    }

    /// The value itself.
    ///
    /// @throws TocsinException `INVALID_SECRET` when the variable is not set or the file cannot be read
    public String reveal() {
        return reveal(System::getenv);
    }

    /// The value itself, with the environment given.
    public String reveal(Function<String, @Nullable String> variables) {
        if (reference.startsWith(ENVIRONMENT)) {
            String name = reference.substring(ENVIRONMENT.length());
            String value = variables.apply(name);
            if (value == null || value.isEmpty()) {
                throw TocsinException.of(
                        ErrorCode.INVALID_SECRET, "environment variable of a secret is not set [name=" + name + "]");
            }
            return value;
        }
        if (reference.startsWith(FILE)) {
            String path = reference.substring(FILE.length());
            try {
                return Files.readString(Path.of(path)).stripTrailing();
            } catch (IOException | IllegalArgumentException e) {
                throw TocsinException.of(
                        ErrorCode.INVALID_SECRET, "file of a secret cannot be read [path=" + path + "]", e);
            }
        }
        return reference;
    }

    /// True when the value stands in the configuration itself instead of behind a reference.
    public boolean isLiteral() {
        return !reference.startsWith(ENVIRONMENT) && !reference.startsWith(FILE);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret secret && secret.reference.equals(reference);
    }

    @Override
    public int hashCode() {
        return reference.hashCode();
    }

    /// The reference, or stars for a literal value.
    @Override
    public String toString() {
        return isLiteral() ? "****" : reference;
    }
}
