package io.tocsin.app.report;

import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Files of Sigma rules: how many of them can be used as they are.
final class SigmaCorpus implements DataSet {
    private static final List<String> OTHERS_ABSENT = List.of(
            "rule is not there", "rule cannot be used itself", "correlation rules speak of each other in a circle");

    private final String name;
    private final List<String> folders;
    private final double barPercent;
    private final boolean alone;

    /// @param folders below that of the data, the first one is what must be there
    /// @param alone true when each file is read by itself, so that rules it speaks of need not be there
    SigmaCorpus(String name, double barPercent, boolean alone, String... folders) {
        this.name = name;
        this.folders = List.of(folders);
        this.barPercent = barPercent;
        this.alone = alone;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String folder() {
        return "sigma/" + folders.getFirst();
    }

    @Override
    public String passes() {
        return alone ? "a file can be read, by itself" : "all rules of a file can be used";
    }

    @Override
    public double barPercent() {
        return barPercent;
    }

    @Override
    public void run(Path first, Normalization normalization, Tally tally) throws IOException {
        Path sigma = first;
        for (int i = folders.getFirst().split("/", -1).length; i > 0; i--) {
            sigma = Objects.requireNonNull(sigma.getParent(), "folders of the set stand below it");
        }
        List<Path> files = new ArrayList<>();
        for (String folder : folders) {
            for (Path file : DataFiles.below(sigma.resolve(folder))) {
                if (file.toString().endsWith(".yml")) {
                    files.add(file);
                }
            }
        }
        Map<String, List<String>> wrong = new LinkedHashMap<>();
        files.forEach(file -> wrong.put(file.toString(), new ArrayList<>()));
        if (alone) {
            for (Path file : files) {
                note(SigmaRules.load(List.of(file), false), wrong);
            }
        } else {
            note(SigmaRules.load(files, false), wrong);
        }
        Path root = sigma;
        wrong.forEach(
                (file, reasons) -> tally.add(root.relativize(Path.of(file)).toString(), reasons));
    }

    private void note(LoadedRules loaded, Map<String, List<String>> wrong) {
        for (RuleFailure failure : loaded.failures()) {
            boolean expected = alone && OTHERS_ABSENT.stream().anyMatch(failure.reason()::startsWith);
            List<String> reasons = wrong.get(failure.file());
            if (!expected && reasons != null) {
                reasons.add("line " + failure.line() + ": " + failure.reason());
            }
        }
    }
}
