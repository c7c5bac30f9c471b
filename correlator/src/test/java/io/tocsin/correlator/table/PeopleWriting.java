package io.tocsin.correlator.table;

import java.util.List;
import java.util.Map;
import java.util.Random;

/// What people write to the shared table `t` in tests.
final class PeopleWriting {
    private PeopleWriting() {}

    /// One change of any kind, to one of three keys where it is about one.
    ///
    /// @param number its place among what people write; part of what it writes
    /// @param time when, in milliseconds
    static Tables.Written change(Random random, int number, long time) {
        List<TableChange.Row> rows =
                List.of(new TableChange.Row(List.of("k" + random.nextInt(3)), Map.of("by", List.of("p" + number))));
        TableChange change = switch (random.nextInt(4)) {
            case 0 -> new TableChange("t", TableChange.Operation.CLEAR, List.of(), time, time, "anna");
            case 1 -> new TableChange("t", TableChange.Operation.DELETE, rows, time, time, "anna");
            case 2 -> new TableChange("t", TableChange.Operation.KEEP_SINCE, List.of(), time - 5, time, "anna");
            default -> new TableChange("t", TableChange.Operation.PUT, rows, time, time, "anna");
        };
        return new Tables.Written(change, 7, number);
    }
}
