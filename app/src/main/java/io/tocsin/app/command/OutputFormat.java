package io.tocsin.app.command;

/// How a result is printed.
enum OutputFormat {
    table,
    json,
    ndjson
}
