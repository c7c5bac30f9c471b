package io.tocsin.pipeline.connector;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// How many files and connections this process may have open. The virtual machine raises the soft limit to the hard one
/// by itself (`-XX:+MaxFDLimit`, on Linux by default); what is left is to say, before the first sender is
/// refused, that the hard limit is too low. Stateless.
final class DescriptorLimit {
    private static final System.Logger LOGGER = System.getLogger(DescriptorLimit.class.getName());
    /// What a process has open besides connections: segments of the log, the store, other listeners.
    static final int OTHERS = 500;

    private DescriptorLimit() {}

    /// @return -1 where the system does not say
    static long ofProcess() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount()
                : -1;
    }

    /// True when so many connections fit, or nobody knows.
    ///
    /// @param each descriptors that one connection takes
    static boolean isEnough(long limit, int connections, int each) {
        return limit < 0 || limit >= (long) connections * each + OTHERS;
    }

    /// Warns when a listener may not have as many connections as it is configured for.
    ///
    /// @param each descriptors that one connection takes
    static void check(String collector, int maxConnections, int each) {
        long limit = ofProcess();
        if (!isEnough(limit, maxConnections, each)) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "the limit of open files is lower than the connections allowed [collector={0}, maxConnections={1},"
                            + " descriptorsEach={2}, limit={3}]: raise the hard limit (ulimit -Hn, LimitNOFILE= of the unit), or lower"
                            + " maxConnections; further connections wait in the kernel",
                    collector,
                    Integer.toString(maxConnections),
                    Integer.toString(each),
                    Long.toString(limit));
        }
    }
}
