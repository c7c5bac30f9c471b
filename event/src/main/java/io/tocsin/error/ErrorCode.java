package io.tocsin.error;

/// Every kind of failure that is shown to a user, an operator or another service. The thousands digit of the number
/// is the [ErrorType]. Codes are appended, never renumbered, never reused; `docs/specs/errors.md` lists them.
public enum ErrorCode {
    INVALID_CONFIG(1001, ErrorType.USER, false, "A configuration or resource file is wrong."),
    INVALID_CONDITION(1002, ErrorType.USER, false, "A condition could not be understood."),
    INVALID_QUERY(1003, ErrorType.USER, false, "A search was refused by the storage engine."),
    INVALID_RULE(1004, ErrorType.USER, false, "A detection rule could not be compiled."),
    INVALID_NORMALIZER(1005, ErrorType.USER, false, "A normalizer could not be built."),
    INVALID_REQUEST(1006, ErrorType.USER, false, "A request misses something or carries a wrong value."),
    NOT_FOUND(1007, ErrorType.USER, false, "What was asked for does not exist."),
    CONFLICT(1008, ErrorType.USER, false, "Somebody changed the object in the meantime; read it again."),
    UNAUTHENTICATED(1009, ErrorType.USER, false, "Sign in, or send a valid token."),
    FORBIDDEN(1010, ErrorType.USER, false, "The role of this user does not allow it."),
    TOO_MANY_ATTEMPTS(1011, ErrorType.USER, true, "Too many attempts in a short time; wait a minute."),
    INVALID_PATTERN(1012, ErrorType.USER, false, "A regular expression is wrong or too large."),
    INVALID_SECRET(1013, ErrorType.USER, false, "The variable or file that a secret points to cannot be read."),

    INTERNAL(2001, ErrorType.INTERNAL, false, "A defect of Tocsin; please report it with the log."),
    CORRUPT_LOG(2002, ErrorType.INTERNAL, false, "A record of the durable log does not carry its checksum."),
    CORRUPT_BATCH(2003, ErrorType.INTERNAL, false, "An encoded batch cannot be decoded."),
    CORRUPT_CHECKPOINT(2004, ErrorType.INTERNAL, false, "A checkpoint of the correlator cannot be read."),
    SEQUENCE_GAP(2005, ErrorType.INTERNAL, true, "A delivery begins behind the sequence that the receiver expects."),

    DISK_FULL(3001, ErrorType.RESOURCES, true, "There is no room on the disk; input waits until there is."),
    OUT_OF_MEMORY(3002, ErrorType.RESOURCES, true, "An operation needed more memory than its limit."),
    QUERY_TIMEOUT(3003, ErrorType.RESOURCES, true, "A search took longer than its limit; narrow the time range."),
    QUERY_TOO_LARGE(3004, ErrorType.RESOURCES, false, "A search reads or returns more than its limit."),
    BUFFER_FULL(3005, ErrorType.RESOURCES, true, "A buffer reached its limit; senders wait."),
    ADDRESS_IN_USE(3006, ErrorType.RESOURCES, false, "Another process listens on the address already."),
    FOLDER_IN_USE(3007, ErrorType.RESOURCES, false, "Another process works in the data folder already."),

    PEER_UNREACHABLE(4001, ErrorType.EXTERNAL, true, "A service does not answer."),
    PEER_REFUSED(4002, ErrorType.EXTERNAL, false, "A service refused the request for good."),
    PEER_BUSY(4003, ErrorType.EXTERNAL, true, "A service asks to try again later."),
    PEER_ANSWER_INVALID(4004, ErrorType.EXTERNAL, false, "A service answered with something else than its protocol."),
    STORAGE_UNAVAILABLE(4005, ErrorType.EXTERNAL, true, "The storage engine is not running."),
    NATIVE_LIBRARY_MISSING(4006, ErrorType.EXTERNAL, false, "The library of the storage engine is not installed."),
    INPUT_OUTPUT(4007, ErrorType.EXTERNAL, true, "The operating system refused to read or write."),
    DELIVERY_DAMAGED(4008, ErrorType.EXTERNAL, true, "A delivery did not arrive as it was sent; it is sent again.");

    private final int number;
    private final ErrorType type;
    private final boolean retriable;
    private final String meaning;

    ErrorCode(int number, ErrorType type, boolean retriable, String meaning) {
        this.number = number;
        this.type = type;
        this.retriable = retriable;
        this.meaning = meaning;
    }

    /// Number that stays the same for ever.
    public int number() {
        return number;
    }

    public ErrorType type() {
        return type;
    }

    /// True when the same request can succeed later without anybody changing it.
    public boolean retriable() {
        return retriable;
    }

    /// One sentence for people.
    public String meaning() {
        return meaning;
    }

    /// The form in which the code is shown and sent: `TOCSIN-1001`.
    public String label() {
        return "TOCSIN-" + number;
    }
}
