package io.tocsin.core.alert;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Assets that matter in the same way: a resource of kind `asset-category`. Names of hosts and accounts are compared
/// without regard to case. Immutable.
public final class AssetCategory {
    /// `kind` of the resource.
    public static final String KIND = "asset-category";

    private static final String USER = "user:";
    private static final String HOST = "host:";

    /// How much the assets matter, from 1.
    public enum Weight {
        LOW,
        MEDIUM,
        HIGH,
        CRITICAL;

        /// 1 to 4, like the priority of a rule.
        public int number() {
            return ordinal() + 1;
        }
    }

    /// Immutable.
    private static final class Network {
        private final byte[] address;
        private final int bits;

        Network(byte[] address, int bits) {
            this.address = address;
            this.bits = bits;
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit += 8) {
                int mask = bits - bit >= 8 ? 0xFF : 0xFF << (8 - (bits - bit)) & 0xFF;
                if (((other[bit >> 3] ^ address[bit >> 3]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private final String name;
    private final Weight weight;
    private final Set<String> users = new HashSet<>();
    private final Set<String> hosts = new HashSet<>();
    private final List<String> domains = new ArrayList<>();
    private final List<Network> networks = new ArrayList<>();

    private AssetCategory(String name, Weight weight, List<String> assets) {
        this.name = name;
        this.weight = weight;
        for (String asset : assets) {
            String text = asset.strip().toLowerCase(Locale.ROOT);
            Network network = network(text);
            String host = text.startsWith(HOST) ? text.substring(HOST.length()) : text;
            if (text.startsWith(USER)) {
                users.add(text.substring(USER.length()));
            } else if (network != null) {
                networks.add(network);
            } else if (host.startsWith("*.")) {
                domains.add(host.substring(1));
            } else {
                hosts.add(host);
            }
        }
    }

    String name() {
        return name;
    }

    int weight() {
        return weight.number();
    }

    /// Reads a resource; null after all that is wrong was added.
    public static @Nullable AssetCategory read(ConfigNode.Mapping document, Problems problems) {
        int before = problems.count();
        String name = AlertResource.name(document, problems);
        ConfigNode spec = document.get("spec");
        if (name == null || spec == null) {
            return null;
        }
        AssetCategory read = spec(name).read(spec, problems);
        return problems.count() == before ? read : null;
    }

    /// The table of the keys, for the manual.
    public static String manual() {
        return spec("").markdown();
    }

    private static ConfigSpec<AssetCategory> spec(String name) {
        return ConfigSpec.of(KIND, "Says how much some assets matter.", keys -> {
            var description =
                    keys.text("description", "Which assets these are.").required();
            var weight =
                    keys.choice("weight", "How much they matter.", Weight.class).required();
            var assets = keys.list(
                            "assets",
                            "Host names, `*.domain`, addresses, networks such as `10.0.0.0/24`, and `user:name`.",
                            ValueTypes.TEXT)
                    .required();
            return values -> {
                values.get(description);
                for (String asset : values.get(assets)) {
                    String text = asset.strip();
                    if (text.isEmpty() || text.equals(USER) || (text.contains("/") && network(text) == null)) {
                        values.refuse(
                                "assets", "neither a host, an address, a network nor a user [asset=" + asset + "]");
                    }
                }
                return new AssetCategory(name, values.get(weight), values.get(assets));
            };
        });
    }

    private static @Nullable Network network(String text) {
        int slash = text.indexOf('/');
        byte[] address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        int bits = address.length * 8;
        if (slash >= 0) {
            String digits = text.substring(slash + 1);
            if (!digits.matches("[0-9]{1,3}") || Integer.parseInt(digits) > bits) {
                return null;
            }
            bits = Integer.parseInt(digits);
        }
        return new Network(address, bits);
    }

    /// The bytes of an address, null when the text is none. Never asks a name server.
    private static byte @Nullable [] address(String text) {
        if (text.isEmpty() || (Character.digit(text.charAt(0), 16) < 0 && text.charAt(0) != ':')) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text).getAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }

    /// True when the asset belongs to this category.
    boolean contains(Entity asset) {
        String value = asset.value().toLowerCase(Locale.ROOT);
        return switch (asset.kind()) {
            case USER -> users.contains(value);
            case HOST -> hosts.contains(value) || domains.stream().anyMatch(value::endsWith);
            case ADDRESS -> {
                byte[] address = networks.isEmpty() ? null : address(value);
                yield address != null && networks.stream().anyMatch(network -> network.contains(address));
            }
        };
    }
}
