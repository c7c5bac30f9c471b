package io.tocsin.correlator.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NumberWindowTest {
    @Test
    void addsUpWithoutRoundingErrors() {
        Random random = new Random(9);
        NumberWindow window = new NumberWindow(false);
        List<Double> model = new ArrayList<>();
        assertThat(window.average()).isNaN();
        for (int i = 0; i < 400; i++) {
            if (!model.isEmpty() && random.nextInt(3) == 0) {
                window.remove(model.remove(random.nextInt(model.size())));
            } else {
                double number = (random.nextInt(2_000) - 1_000) * Math.pow(10, random.nextInt(30) - 15);
                window.add(number);
                model.add(number);
            }
            BigDecimal sum = model.stream().map(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
            assertThat(window.sum()).isEqualTo(sum.doubleValue());
            if (!model.isEmpty()) {
                assertThat(window.average()).isEqualTo(sum.doubleValue() / model.size());
            }
        }
    }

    @Test
    void givesPercentilesBetweenTheNearestNumbers() {
        Random random = new Random(10);
        NumberWindow window = new NumberWindow(true);
        List<Double> model = new ArrayList<>();
        assertThat(window.percentile(50)).isNaN();
        for (int i = 0; i < 400; i++) {
            if (!model.isEmpty() && random.nextInt(3) == 0) {
                window.remove(model.remove(random.nextInt(model.size())));
            } else {
                double number = random.nextInt(50) - 20;
                window.add(number);
                model.add(number);
            }
            List<Double> sorted = model.stream().sorted().toList();
            for (double percent : new double[] {0, 10, 25, 50, 90, 100}) {
                if (sorted.isEmpty()) {
                    assertThat(window.percentile(percent)).isNaN();
                } else {
                    double place = percent / 100 * (sorted.size() - 1);
                    double below = sorted.get((int) Math.floor(place));
                    double above = sorted.get((int) Math.ceil(place));
                    assertThat(window.percentile(percent))
                            .isEqualTo(below + (place - Math.floor(place)) * (above - below));
                }
            }
        }
    }

    @Test
    void countsValues() {
        ValueCounts counts = new ValueCounts();
        counts.add(1, 2);
        counts.add(1, 2);
        counts.add(2, 1);
        assertThat(counts.distinct()).isEqualTo(2);
        assertThat(counts.count(1, 2)).isEqualTo(2);
        counts.remove(1, 2);
        assertThat(counts.count(1, 2)).isEqualTo(1);
        counts.remove(1, 2);
        counts.remove(1, 2);
        assertThat(counts.count(1, 2)).isZero();
        assertThat(counts.distinct()).isEqualTo(1);
    }

    @Test
    void comparesWithBounds() {
        double[] measured = {1, 2, 3, Double.NaN};
        for (Bound.Relation relation : Bound.Relation.values()) {
            String expected = switch (relation) {
                case LESS -> "true false false false";
                case AT_MOST -> "true true false false";
                case GREATER -> "false false true false";
                case AT_LEAST -> "false true true false";
                case EQUAL -> "false true false false";
                case DIFFERENT -> "true false true false";
            };
            List<String> actual = new ArrayList<>();
            for (double each : measured) {
                actual.add(Boolean.toString(new Bound(relation, 2).holds(each)));
            }
            assertThat(String.join(" ", actual)).as(relation.name()).isEqualTo(expected);
        }
    }
}
