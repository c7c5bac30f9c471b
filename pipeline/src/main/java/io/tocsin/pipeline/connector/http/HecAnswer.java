package io.tocsin.pipeline.connector.http;

/// The answers of the Splunk HTTP Event Collector protocol: number, text and HTTP status.
public enum HecAnswer {
    SUCCESS(0, 200, "Success"),
    TOKEN_REQUIRED(2, 401, "Token is required"),
    INVALID_AUTHORIZATION(3, 401, "Invalid authorization"),
    INVALID_TOKEN(4, 403, "Invalid token"),
    NO_DATA(5, 400, "No data"),
    INVALID_DATA_FORMAT(6, 400, "Invalid data format"),
    INTERNAL_ERROR(8, 500, "Internal server error"),
    BUSY(9, 503, "Server is busy"),
    CHANNEL_MISSING(10, 400, "Data channel is missing"),
    EVENT_FIELD_REQUIRED(12, 400, "Event field is required"),
    EVENT_FIELD_BLANK(13, 400, "Event field cannot be blank"),
    QUERY_TOKEN_REFUSED(16, 400, "Query string authorization is not enabled"),
    HEALTHY(17, 200, "HEC is healthy"),
    QUEUES_FULL(18, 503, "HEC is unhealthy, queues are full"),
    SHUTTING_DOWN(23, 503, "Server is shutting down");

    private final int code;
    private final int status;
    private final String text;

    HecAnswer(int code, int status, String text) {
        this.code = code;
        this.status = status;
        this.text = text;
    }

    public int code() {
        return code;
    }

    /// The HTTP status that goes with it.
    public int status() {
        return status;
    }

    /// The body without closing brace: more members may follow.
    String open() {
        return "{\"text\":\"" + text + "\",\"code\":" + code;
    }

    /// The body.
    public String body() {
        return open() + "}";
    }

    /// The body with one more number, such as `ackId`.
    public String body(String member, long value) {
        return open() + ",\"" + member + "\":" + value + "}";
    }
}
