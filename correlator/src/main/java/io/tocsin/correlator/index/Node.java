package io.tocsin.correlator.index;

import io.tocsin.expression.CompiledCondition;

/// A filter in the form in which it is evaluated; parts are in ascending order of cost.
///
/// Thread-safety: immutable.
@SuppressWarnings("ArrayRecordComponent")
sealed interface Node {
    boolean holds(Evaluation evaluation);

    /// What evaluating costs, relative to looking at a mark.
    int cost();

    record All(Node[] parts) implements Node {
        @Override
        public boolean holds(Evaluation evaluation) {
            for (Node part : parts) {
                if (!part.holds(evaluation)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public int cost() {
            return sum(parts);
        }
    }

    record Any(Node[] parts) implements Node {
        @Override
        public boolean holds(Evaluation evaluation) {
            for (Node part : parts) {
                if (part.holds(evaluation)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public int cost() {
            return sum(parts);
        }
    }

    record Not(Node part) implements Node {
        @Override
        public boolean holds(Evaluation evaluation) {
            return !part.holds(evaluation);
        }

        @Override
        public int cost() {
            return part.cost();
        }
    }

    record Test(int number, int cost) implements Node {
        @Override
        public boolean holds(Evaluation evaluation) {
            return evaluation.holds(number);
        }
    }

    record Leaf(CompiledCondition condition) implements Node {
        @Override
        public boolean holds(Evaluation evaluation) {
            return condition.test(evaluation.view().event());
        }

        @Override
        public int cost() {
            return 500;
        }
    }

    private static int sum(Node[] parts) {
        int sum = 0;
        for (Node part : parts) {
            sum += part.cost();
        }
        return Math.min(sum, 1_000_000);
    }
}
