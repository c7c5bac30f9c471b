package io.tocsin.core.response;

import io.tocsin.config.ComponentSpec;
import java.util.List;

/// The list of what responses can do.
public final class ResponseKinds {
    public static final List<ComponentSpec<? extends ResponseAction>> ALL =
            List.of(ScriptAction.SPEC, WebhookAction.SPEC, MailAction.SPEC, SyslogAction.SPEC, ListAction.SPEC);

    private ResponseKinds() {}
}
