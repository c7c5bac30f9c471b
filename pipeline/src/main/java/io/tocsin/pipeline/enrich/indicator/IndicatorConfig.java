package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueTypes;
import java.util.List;

/// A set of threat lists as its resource says (`kind: indicators`), or as it stands in place. Immutable.
public final class IndicatorConfig {
    /// What `kind` says.
    public static final String KIND = "indicators";

    /// The kinds of lists, by id. A new kind is one file and one line here.
    private static final List<ComponentSpec<IndicatorList>> LISTS =
            List.of(CsvList.SPEC, JsonList.SPEC, StixList.SPEC, TaxiiList.SPEC);

    /// The keys under `spec`.
    public static final ConfigSpec<IndicatorConfig> SPEC =
            ConfigSpec.of(KIND, "Threat lists that are looked through together.", keys -> {
                var lists = keys.list("lists", "The lists.", ValueTypes.component(LISTS))
                        .required();
                return values -> new IndicatorConfig(values.get(lists));
            });

    private final List<IndicatorList> lists;

    private IndicatorConfig(List<IndicatorList> lists) {
        this.lists = List.copyOf(lists);
    }

    static IndicatorConfig of(List<IndicatorList> lists) {
        return new IndicatorConfig(lists);
    }

    List<IndicatorList> lists() {
        return lists;
    }

    /// The kinds of lists, for help and the manual.
    public static List<? extends ComponentSpec<?>> kinds() {
        return LISTS;
    }
}
