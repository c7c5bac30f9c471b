package io.tocsin.app.frontend;

/// A program that stands before the collectors. A new one is a file in this package and a line in [FrontEnds].
public interface FrontEnd {
    /// What it is called on the command line: small letters and dashes.
    String name();

    /// What it does when a collector dies, in a sentence.
    String summary();

    /// The kind of connector it sends to (`type:` of a collector's connector), for the default port.
    default String connectorType() {
        return "tcp";
    }

    /// The configuration as the program reads it, with comments that say what may be lost.
    ///
    /// @throws IllegalArgumentException when the program cannot do what the plan asks for
    String configuration(FrontEndPlan plan);
}
