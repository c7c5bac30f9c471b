package io.tocsin.app.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Runs the shipped normalizers over the data sets that are there.
public final class FormatReport {
    /// The outcome of one data set.
    ///
    /// @param passes what is counted and when a case passes
    /// @param barPercent share that has to pass
    public record Row(String name, String passes, double barPercent, Tally tally) {
        /// True when as many cases passed as have to.
        public boolean reached() {
            return tally.percent() >= barPercent;
        }
    }

    private FormatReport() {}

    /// Names of all data sets, in their order.
    public static List<String> names() {
        return DataSets.ALL.stream().map(DataSet::name).toList();
    }

    /// Names of the data sets about rules.
    public static List<String> ruleNames() {
        return DataSets.rules().stream().map(DataSet::name).toList();
    }

    /// Runs data sets about rules; those that are not there give no row.
    public static List<Row> runRules(Path data, Set<String> only, Normalization normalization) {
        return run(DataSets.rules(), data, only, normalization);
    }

    /// Runs data sets; those that are not there give no row.
    ///
    /// @param data folder of the test data
    /// @param only names of the sets to run; all when empty
    public static List<Row> run(Path data, Set<String> only, Normalization normalization) {
        return run(DataSets.ALL, data, only, normalization);
    }

    private static List<Row> run(List<DataSet> sets, Path data, Set<String> only, Normalization normalization) {
        List<Row> rows = new ArrayList<>();
        for (DataSet set : sets) {
            Path folder = data.resolve(set.folder());
            if ((only.isEmpty() || only.contains(set.name())) && Files.isDirectory(folder)) {
                Tally tally = new Tally();
                try {
                    set.run(folder, normalization, tally);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                rows.add(new Row(set.name(), set.passes(), set.barPercent(), tally));
            }
        }
        return rows;
    }
}
