package io.tocsin.pipeline.connector.proxy;

import java.io.IOException;

/// A PROXY header is missing or wrong; the message says how.
public final class ProxyException extends IOException {
    private static final long serialVersionUID = 1;

    ProxyException(String message) {
        super(message);
    }
}
