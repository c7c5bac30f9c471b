package io.tocsin.app.report;

import java.util.List;

/// The list of data sets. A new one is a file in this package and a line here.
final class DataSets {
    static final List<DataSet> ALL = List.of(
            new CefCases(),
            new StructuredSyslogCases(),
            new LegacySyslogCases(),
            new NetflowCases(),
            new AuditdJoins(),
            new AuditdGoldens("laurel", 100),
            new AuditdGoldens("coalesce", 97),
            new ZeekPairs(),
            new VendorLines("sc4s"),
            new VendorLines("wazuh"),
            new ServiceLogCases("services", FieldMeanings.ANYWHERE, 97),
            new ServiceLogCases("services-fields", FieldMeanings.ELASTIC, 96),
            new ContentPackCases("windows-events", "windows/open-xp", FieldMeanings.ANYWHERE, 97),
            new ContentPackCases("windows-fields", "windows/open-xp", FieldMeanings.CONTENT_PACK, 96),
            new ContentPackCases("vendor-events", "vendors/open-xp", FieldMeanings.ANYWHERE, 97),
            new GeoNetworks());

    /// The public Sigma rules and what shows that they work.
    static List<DataSet> rules() {
        SigmaRules rules = new SigmaRules();
        return List.of(
                new SigmaCorpus("rules", 99.5, false, "rules"),
                new SigmaRegression("regression-json", ".json", null, rules),
                new SigmaRegression("regression-xml", ".xml", null, rules),
                new SigmaRegression("normalized-json", ".json", "windows", rules),
                new SigmaRegression("normalized-xml", ".xml", "windows-xml", rules),
                new SigmaCorrelations(),
                new SigmaCorpus("correlation-rules", 100, true, "correlation/rules-only"),
                new SigmaCorpus("specification", 100, true, "spec/rules", "spec/correlation", "spec/filter"));
    }

    private DataSets() {}
}
