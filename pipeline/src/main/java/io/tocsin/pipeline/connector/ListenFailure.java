package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.util.Locale;

/// Says why a port could not be opened.
final class ListenFailure {
    private ListenFailure() {}

    static TocsinException of(String kind, Address address, IOException cause) {
        String reason = String.valueOf(cause.getMessage());
        String lower = reason.toLowerCase(Locale.ROOT);
        String next = "";
        ErrorCode code = ErrorCode.INPUT_OUTPUT;
        if (lower.contains("in use")) {
            code = ErrorCode.ADDRESS_IN_USE;
            next = ": stop the other process or choose another address";
        } else if (lower.contains("permission")) {
            next = ": ports below 1024 need the right CAP_NET_BIND_SERVICE; choose a higher port";
        } else if (lower.contains("assign")) {
            next = ": this machine has no such address; freeBind: true listens on one that comes later";
        }
        return TocsinException.of(
                code,
                "cannot listen [type=" + kind + ", address=" + address + ", reason=" + reason + "]" + next,
                cause);
    }
}
