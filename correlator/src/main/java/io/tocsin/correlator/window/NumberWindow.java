package io.tocsin.correlator.window;

import java.math.BigDecimal;
import java.util.Arrays;

/// The numbers in a window: their sum without rounding errors, and, when asked for, in order of size.
///
/// Thread-safety: one thread.
final class NumberWindow {
    private final boolean ordered;
    private BigDecimal sum = BigDecimal.ZERO;
    private int count;
    private double[] sorted = new double[8];

    /// @param ordered true when percentiles are asked for
    NumberWindow(boolean ordered) {
        this.ordered = ordered;
    }

    void add(double number) {
        if (ordered) {
            int place = Arrays.binarySearch(sorted, 0, count, number);
            int at = place < 0 ? -1 - place : place;
            if (count == sorted.length) {
                sorted = Arrays.copyOf(sorted, count * 2);
            }
            System.arraycopy(sorted, at, sorted, at + 1, count - at);
            sorted[at] = number;
        } else {
            sum = sum.add(new BigDecimal(number));
        }
        count++;
    }

    void remove(double number) {
        count--;
        if (ordered) {
            int at = Arrays.binarySearch(sorted, 0, count + 1, number);
            System.arraycopy(sorted, at + 1, sorted, at, count - at);
        } else {
            sum = sum.subtract(new BigDecimal(number));
        }
    }

    double sum() {
        return sum.doubleValue();
    }

    /// NaN without numbers.
    double average() {
        return count == 0 ? Double.NaN : sum() / count;
    }

    /// Linear between the two nearest numbers; NaN without numbers.
    double percentile(double percent) {
        if (count == 0) {
            return Double.NaN;
        }
        double place = percent / 100 * (count - 1);
        int below = (int) Math.floor(place);
        int above = (int) Math.ceil(place);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
