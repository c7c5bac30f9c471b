package io.tocsin.correlator.load;

/// Why a rule is not used.
///
/// @param file where the rule was written
/// @param line from 1; 0 when unknown
/// @param rule name or id of the rule, empty when it has none that can be read
/// @param reason what is wrong, and where one is known what to write instead
public record RuleFailure(String file, int line, String rule, String reason) {
    /// `file:line: reason`.
    @Override
    public String toString() {
        return file + ":" + line + ": " + reason;
    }
}
