package io.tocsin.correlator.sigma;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.correlator.sigma.pipeline.SigmaLogsource;
import io.tocsin.expression.FieldReference;
import java.util.List;
import java.util.Set;

/// What reading a rule needs at hand.
///
/// @param logsource of the rule, as pipelines have left it
/// @param given names of fields that pipelines have put there
/// @param problems take what makes the rule unusable
/// @param notes take what its user should know all the same
record SigmaContext(
        SigmaTaxonomy taxonomy,
        SigmaLogsource logsource,
        Set<String> given,
        Problems problems,
        Problems notes,
        SigmaBudget budget) {
    SigmaContext(
            SigmaTaxonomy taxonomy, SigmaLogsource logsource, Set<String> given, Problems problems, Problems notes) {
        this(taxonomy, logsource, given, problems, notes, new SigmaBudget());
    }

    /// The fields of our events where the value of a rule's field may stand.
    List<FieldReference> fields(String name) {
        return taxonomy.fields(name, logsource, given.contains(name));
    }

    /// The first of [#fields]. A name that is empty is refused.
    ///
    /// @param position where it is written
    FieldReference field(String name, Position position) {
        if (name.isEmpty()) {
            problems.add(position, "the name of a field is empty");
            return new FieldReference.AnyField();
        }
        return fields(name).getFirst();
    }
}
