package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.pipeline.Selection;
import io.tocsin.correlator.sigma.pipeline.SigmaLogsource;
import io.tocsin.correlator.window.SlidingSettings;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Sigma document as read, before documents that speak of each other are put together. Immutable.
sealed interface SigmaDocument {
    SigmaHeader header();

    /// A detection rule.
    ///
    /// @param logsource as the rule says it
    /// @param mapped the same as pipelines have left it
    /// @param written the whole rule
    /// @param selections as the rule says them
    record Detection(
            SigmaHeader header,
            Rule rule,
            SigmaLogsource logsource,
            SigmaLogsource mapped,
            ConfigNode.Mapping written,
            List<Selection> selections)
            implements SigmaDocument {}

    /// A correlation rule.
    ///
    /// @param rules what the rules it speaks of are called
    /// @param groupBy field names and aliases
    /// @param aliases name of an alias, then name of a rule, to the name of a field
    /// @param settings null when `expression` says what is asked
    /// @param values field names whose values are counted or computed with
    /// @param expression condition over names of rules; null without one
    /// @param generate true when the rules it speaks of find on their own as well
    record Correlation(
            SigmaHeader header,
            List<String> rules,
            List<String> groupBy,
            Map<String, Map<String, String>> aliases,
            SlidingSettings settings,
            List<String> values,
            ConfigNode.@Nullable Scalar expression,
            long timespanMillis,
            boolean generate,
            Position position,
            ConfigNode.Mapping written)
            implements SigmaDocument {}

    /// A filter that narrows other rules.
    ///
    /// @param logsource of the rules it is meant for; parts left out are any
    /// @param rules what they are called; empty for all of the log source
    /// @param body selections and condition
    record Narrowing(SigmaHeader header, SigmaLogsource logsource, List<String> rules, ConfigNode.Mapping body)
            implements SigmaDocument {}
}
