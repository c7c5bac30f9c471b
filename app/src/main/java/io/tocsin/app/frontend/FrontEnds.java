package io.tocsin.app.frontend;

import java.util.List;
import java.util.Optional;

/// The programs there are configurations for.
public final class FrontEnds {
    /// In the order of the guide: senders first, then balancers.
    public static final List<FrontEnd> ALL = List.of(
            new RsyslogLegacy(),
            new RsyslogRuleset(),
            new RsyslogRelp(),
            new SyslogNg(),
            new Filebeat(),
            new Nginx(),
            new HaProxy(),
            new Keepalived(),
            new Pacemaker());

    private FrontEnds() {}

    public static Optional<FrontEnd> find(String name) {
        return ALL.stream().filter(each -> each.name().equals(name)).findFirst();
    }
}
