package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.correlator.window.TenantShares;
import java.time.Duration;
import java.util.Map;

/// How much a rule may cost, and what happens when it costs more: the resource of kind `rule-limits` named `default`.
/// Immutable.
///
/// @param corePercent of one core that a rule may take
/// @param over how long it may take more
/// @param quarantine whether it is stopped then; it is named in any case
/// @param tenantPercent of the memory for keys of rules that the keys of one tenant may take
record RuleLimits(int corePercent, Duration over, boolean quarantine, int tenantPercent) {
    static final String KIND = "rule-limits";
    static final String NAME = "default";
    static final RuleLimits STANDARD = new RuleLimits(25, Duration.ofMinutes(1), false, 100);

    private static final ConfigSpec<RuleLimits> SPEC =
            ConfigSpec.of(KIND, "How much of a processor core a rule may take.", keys -> {
                var corePercent = keys.integer("corePercent", "Of one core that a rule may take.", 1, 100)
                        .defaultTo(STANDARD.corePercent());
                var over = keys.duration(
                                "over",
                                "How long it may take more before it counts as costly.",
                                Duration.ofSeconds(10),
                                Duration.ofHours(1))
                        .defaultTo(STANDARD.over());
                var quarantine = keys.flag(
                                "quarantine",
                                "Stops a costly rule, with an alarm, until it is released or changed. Otherwise it is"
                                        + " only named.")
                        .defaultTo(false);
                var tenantPercent = keys.integer(
                                "tenantPercent",
                                "Of the memory for keys of rules that the events of one tenant (`TenantID`) may"
                                        + " take; beyond, this tenant's oldest keys are forgotten.",
                                1,
                                100)
                        .defaultTo(STANDARD.tenantPercent());
                return values -> new RuleLimits(
                        values.get(corePercent), values.get(over), values.get(quarantine), values.get(tenantPercent));
            });

    /// Limits that bound no tenant.
    RuleLimits(int corePercent, Duration over, boolean quarantine) {
        this(corePercent, over, quarantine, 100);
    }

    /// How the memory for keys is shared out.
    TenantShares tenantShares() {
        return new TenantShares(tenantPercent / 100.0, Map.of());
    }

    /// Reads the resource; everything wrong goes into `problems`.
    static RuleLimits read(Resources resources, Problems problems) {
        RuleLimits read = STANDARD;
        for (Resource resource : resources.ofKind(KIND)) {
            if (!resource.name().equals(NAME)) {
                problems.add(
                        resource.document().position(),
                        "limits of rules have the name 'default' [name=" + resource.name() + "]");
            }
            ConfigNode spec = resource.document().get("spec");
            if (spec == null) {
                problems.add(resource.document().position(), "key is missing [key=spec]");
            } else {
                RuleLimits found = SPEC.read(spec, problems);
                read = found == null ? read : found;
            }
        }
        return read;
    }
}
