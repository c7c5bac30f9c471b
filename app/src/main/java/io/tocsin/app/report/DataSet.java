package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Path;

/// One set of foreign data with what is expected of it. One file per set; [DataSets] lists them.
///
/// Thread-safety: one thread.
interface DataSet {
    /// Short name, such as `netflow`.
    String name();

    /// Where it lies below the folder of test data.
    String folder();

    /// What is counted and when a case passes, one sentence.
    String passes();

    /// Share of the cases that has to pass, in percent.
    double barPercent();

    /// Runs all cases.
    ///
    /// @param folder of this set, which exists
    void run(Path folder, Normalization normalization, Tally tally) throws IOException;
}
