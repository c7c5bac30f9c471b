package io.tocsin.pipeline.topology;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The warnings and errors that are logged while a test runs: a field of the test with `@RegisterExtension`.
///
/// Thread-safety: any thread.
final class LoggedWarnings implements BeforeEachCallback, AfterEachCallback {
    private final List<String> texts = new CopyOnWriteArrayList<>();
    private final Handler listening = new Handler() {
        @Override
        public void publish(LogRecord logged) {
            if (logged.getLevel().intValue() >= Level.WARNING.intValue()) {
                texts.add(MessageFormat.format(logged.getMessage(), logged.getParameters()));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    /// As they would be read, oldest first; grows while the test runs.
    List<String> texts() {
        return texts;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        Logger.getLogger("").addHandler(listening);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Logger.getLogger("").removeHandler(listening);
    }
}
