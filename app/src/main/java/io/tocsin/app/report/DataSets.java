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

    private DataSets() {}
}
