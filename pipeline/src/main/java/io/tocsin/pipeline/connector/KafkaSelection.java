package io.tocsin.pipeline.connector;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueTypes;
import io.tocsin.event.EntryOrigin;
import io.tocsin.expression.AddressText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Chooses records of a topic by where their events entered, and by how their text begins, without parsing them:
/// several listeners fill one topic, and each of several collectors takes its part of it.
///
/// @param ports takes events received on one of these ports; empty: on any
/// @param notPorts and not on one of these, for the collector that takes the rest
/// @param networks takes events from senders in one of these networks, as CIDR; empty: from
/// anywhere
/// @param prefixes takes events whose text begins with one of these; empty: any
/// @param rest takes, of those, only what no other collector takes; see [KafkaRest]
record KafkaSelection(
        Set<Integer> ports, Set<Integer> notPorts, List<Network> networks, List<byte[]> prefixes, boolean rest) {
    /// A network of IPv6 addresses; IPv4 ones are mapped.
    ///
    /// @param bits how many leading bits its addresses share
    record Network(long high, long low, int bits) {
        private static final int IPV4_BITS = 96;

        static @Nullable Network parse(String text) {
            int slash = text.indexOf('/');
            byte[] bytes = (slash < 0 ? text : text.substring(0, slash)).getBytes(StandardCharsets.UTF_8);
            AddressText address = new AddressText();
            if (!address.read(bytes, 0, bytes.length)) {
                return null;
            }
            int before = address.isIpv4() ? IPV4_BITS : 0;
            if (slash < 0) {
                return new Network(address.high(), address.low(), 128);
            }
            String length = text.substring(slash + 1);
            if (length.isEmpty() || length.length() > 3 || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return null;
            }
            int bits = before + Integer.parseInt(length);
            return bits > 128 ? null : new Network(address.high(), address.low(), bits);
        }

        boolean contains(long otherHigh, long otherLow) {
            long differentHigh = high ^ otherHigh;
            long differentLow = low ^ otherLow;
            if (bits <= Long.SIZE) {
                return bits == 0 || differentHigh >>> (Long.SIZE - bits) == 0;
            }
            return differentHigh == 0 && differentLow >>> (2 * Long.SIZE - bits) == 0;
        }
    }

    static final KafkaSelection ALL = new KafkaSelection(Set.of(), Set.of(), List.of(), List.of(), false);

    static final ConfigSpec<KafkaSelection> SPEC =
            ConfigSpec.of("only", "Which records are taken; all that is given must hold.", keys -> {
                var ports = keys.list(
                                "ports",
                                "Events that were received on one of these ports.",
                                ValueTypes.integer(0, 65535))
                        .defaultTo(List.of());
                var notPorts = keys.list(
                                "notPorts",
                                "Events that were received on none of these ports.",
                                ValueTypes.integer(0, 65535))
                        .defaultTo(List.of());
                var networks = keys.list(
                                "networks", "Events whose sender is in one of these networks.", ValueTypes.TEXT)
                        .example("[10.1.0.0/16, \"2001:db8::/32\"]")
                        .defaultTo(List.of());
                var prefixes = keys.list("prefixes", "Events whose text begins with one of these.", ValueTypes.TEXT)
                        .defaultTo(List.of());
                var rest = keys.flag(
                                "rest",
                                "Events that no other collector of these resources takes from the same topics by its"
                                        + " own 'only': the default route.")
                        .defaultTo(false);
                return values -> {
                    List<Network> parsed = new ArrayList<>();
                    for (String text : values.get(networks)) {
                        Network network = Network.parse(text);
                        if (network == null) {
                            values.refuse("networks", "not a network [value=" + text + "]: write it as 10.0.0.0/8");
                        } else {
                            parsed.add(network);
                        }
                    }
                    return new KafkaSelection(
                            Set.copyOf(values.get(ports)),
                            Set.copyOf(values.get(notPorts)),
                            parsed,
                            values.get(prefixes).stream()
                                    .map(prefix -> prefix.getBytes(StandardCharsets.UTF_8))
                                    .toList(),
                            values.get(rest));
                };
            });

    boolean isEverything() {
        return ports.isEmpty() && notPorts.isEmpty() && networks.isEmpty() && prefixes.isEmpty() && !rest;
    }

    /// True when a record is taken, as far as the record itself decides.
    boolean takes(EntryOrigin origin, byte[] value) {
        return (ports.isEmpty() || ports.contains(origin.localPort()))
                && !notPorts.contains(origin.localPort())
                && (networks.isEmpty() || isInside(origin.peerAddress()))
                && begins(value);
    }

    private boolean isInside(String peerAddress) {
        byte[] text = peerAddress.getBytes(StandardCharsets.UTF_8);
        AddressText address = new AddressText();
        if (!address.read(text, 0, text.length)) {
            return false;
        }
        for (Network network : networks) {
            if (network.contains(address.high(), address.low())) {
                return true;
            }
        }
        return false;
    }

    private boolean begins(byte[] value) {
        if (prefixes.isEmpty()) {
            return true;
        }
        for (byte[] prefix : prefixes) {
            if (value.length >= prefix.length && Arrays.equals(prefix, 0, prefix.length, value, 0, prefix.length)) {
                return true;
            }
        }
        return false;
    }
}
