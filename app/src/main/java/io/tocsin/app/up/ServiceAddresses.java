package io.tocsin.app.up;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Addresses of services of other processes, as a variable names them.
final class ServiceAddresses {
    private ServiceAddresses() {}

    /// Reads addresses separated by commas; each ends with a slash.
    ///
    /// @param variable its name, for the message
    /// @param text null or empty: there are none
    /// @param what whose addresses they are, for the message
    /// @throws TocsinException when one is no address
    static List<URI> parse(String variable, @Nullable String text, String what) {
        List<URI> addresses = new ArrayList<>();
        for (String each : text == null ? new String[0] : text.split(",", -1)) {
            if (!each.isBlank()) {
                addresses.add(address(variable, each.strip(), what));
            }
        }
        return addresses;
    }

    private static URI address(String variable, String text, String what) {
        try {
            URI address = URI.create(text.endsWith("/") ? text : text + "/");
            boolean http = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            if (http && address.getHost() != null) {
                return address;
            }
        } catch (IllegalArgumentException notAnAddress) {
            // Said below, as for every other text.
        }
        throw TocsinException.of(
                ErrorCode.INVALID_CONFIG,
                "not the address of " + what + " [" + variable + "=" + text
                        + "]: write what they have with --listen, for example http://10.0.0.1:8446");
    }
}
