package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;

/// One way in which an installation breaks while events come in.
public interface FaultScenario {
    /// What it is called on the command line: small letters and dashes.
    String name();

    /// What breaks, in a sentence.
    String what();

    /// How long it may take, from the end of the fault on, until it is as before: see [#recoversWhen()].
    Duration bound();

    /// What is waited for.
    default Recovery recoversWhen() {
        return Recovery.ACKNOWLEDGED;
    }

    /// What is waited for after a fault.
    enum Recovery {
        /// The sender gets acknowledgements again.
        ACKNOWLEDGED,
        /// Events that were sent after the end of the fault can be searched.
        STORED,
        /// As [#STORED], but what counts is the longest pause of the whole run between two moments at which events were
        /// stored.
        STORED_WITHOUT_PAUSE
    }

    /// Why it cannot run on this machine, empty when it can.
    ///
    /// @param site where it would run
    default String obstacle(FaultSite site) {
        return "";
    }

    /// Starts what the site does not have and the fault needs, before events come in.
    ///
    /// @throws IOException when it does not start
    default void prepare(FaultSite site) throws IOException, InterruptedException {}

    /// Where events are sent.
    default InetSocketAddress input(FaultSite site) {
        return site.input();
    }

    /// Where events are sent: to the first of these, and to the next when that breaks.
    default List<InetSocketAddress> inputs(FaultSite site) {
        return List.of(input(site));
    }

    /// Whether there has to be a correlator of its own, which counts every hundredth event.
    default boolean needsCorrelator() {
        return false;
    }

    /// What else has to hold when everything has been stored; empty when it does.
    default String finding(FaultSite site, FaultQueries queries) throws InterruptedException {
        return "";
    }

    /// What else has to hold of one run; empty when it does.
    ///
    /// @param run which the texts of its events name
    /// @param acknowledged the numbers of those that were
    default String finding(FaultSite site, FaultQueries queries, String run, BitSet acknowledged)
            throws InterruptedException {
        return finding(site, queries);
    }

    /// How many events the fault itself destroyed, as the collector counts them: damage to the only copy. They are not
    /// lost in silence.
    ///
    /// @throws IOException when the collector does not say
    default long destroyed(FaultSite site) throws IOException, InterruptedException {
        return 0;
    }

    /// Puts the site back as it was, when nobody sends any more; what is stored is counted afterwards.
    default void after(FaultSite site) throws IOException, InterruptedException {}

    /// Ends what was started for it, when everything has been counted or nothing can be.
    default void finish(FaultSite site) throws IOException, InterruptedException {}

    /// Breaks something and mends it again; events come in all the time. Whatever is still broken afterwards must mend
    /// by itself.
    ///
    /// @throws IOException when the fault itself could not be made
    void run(FaultSite site) throws IOException, InterruptedException;
}
