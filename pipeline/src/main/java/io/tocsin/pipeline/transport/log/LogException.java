package io.tocsin.pipeline.transport.log;

import org.jspecify.annotations.Nullable;

/// A failure of the durable log. The kind says whether the same call can succeed later.
public final class LogException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// What failed, and with it what the caller can do.
    public enum Kind {
        /// The log has reached its limit, or the disk has no space: nothing was appended, try again
        /// later.
        FULL(true),

        /// Writing or forcing failed. Records that nobody was told to be durable may still turn up; try again
        /// later.
        UNAVAILABLE(true),

        /// Another process, or another part of this one, has the folder open.
        LOCKED(false),

        /// The folder holds something that this version does not understand or may not touch.
        UNREADABLE(false),

        /// The log was closed.
        CLOSED(false);

        private final boolean retriable;

        Kind(boolean retriable) {
            this.retriable = retriable;
        }

        public boolean retriable() {
            return retriable;
        }
    }

    private final Kind kind;

    LogException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    LogException(Kind kind, String message) {
        this(kind, message, null);
    }

    public Kind kind() {
        return kind;
    }

    public boolean retriable() {
        return kind.retriable();
    }
}
