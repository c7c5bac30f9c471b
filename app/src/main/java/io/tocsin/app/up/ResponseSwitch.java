package io.tocsin.app.up;

import io.tocsin.config.Problems;
import io.tocsin.core.response.ResponseRule;
import io.tocsin.core.response.ResponseSpecs;
import io.tocsin.core.response.Responses;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The responses of an installation, which change while it runs: all at once, and not at all when one is wrong.
///
/// Thread-safety: changes come one at a time.
final class ResponseSwitch implements Reloadable {
    private @Nullable Responses responses;
    private List<ResponseRule> first;

    private ResponseSwitch(List<ResponseRule> first) {
        this.first = first;
    }

    static ResponseSwitch read(Resources resources, Problems problems) {
        return new ResponseSwitch(load(resources, problems));
    }

    private static List<ResponseRule> load(Resources resources, Problems problems) {
        List<ResponseRule> rules = new ArrayList<>();
        for (Resources.Resource resource : resources.ofKind(ResponseSpecs.KIND)) {
            ResponseRule rule = ResponseSpecs.read(resource.document(), problems);
            if (rule != null) {
                rules.add(rule);
            }
        }
        return rules;
    }

    /// Begins with what was read first.
    void connect(Responses running) {
        responses = running;
        running.use(first);
        first = List.of();
    }

    @Override
    public Runnable prepare(Resources next, Problems problems) {
        List<ResponseRule> rules = load(next, problems);
        return () -> {
            if (responses != null) {
                responses.use(rules);
            }
        };
    }

    @Override
    public void retry() {
        // Runs try again by themselves.
    }

    @Override
    public String trouble() {
        return "";
    }
}
