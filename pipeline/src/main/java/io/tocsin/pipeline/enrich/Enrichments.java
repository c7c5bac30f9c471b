package io.tocsin.pipeline.enrich;

import io.tocsin.config.ComponentSpec;
import java.util.List;

/// The kinds of enrichments, by id. A new kind is one file and one line here; help, validation, schema and manual
/// follow from it.
public final class Enrichments {
    public static final List<ComponentSpec<Enrichment>> ALL = List.of(
            ConstantEnrichment.SPEC,
            DictionaryEnrichment.DICTIONARY,
            DnsEnrichment.SPEC,
            EventEnrichment.SPEC,
            GeoEnrichment.SPEC,
            LdapEnrichment.SPEC,
            DictionaryEnrichment.TABLE,
            TemplateEnrichment.SPEC,
            ThreatEnrichment.SPEC,
            TimezoneEnrichment.SPEC);

    private Enrichments() {}
}
