package io.tocsin.pipeline.connector.kernel;

import java.nio.ByteOrder;
import java.util.Set;

/// Tells whether the calls of this package can be made here. Stateless.
final class KernelAccess {
    private static final System.Logger LOGGER = System.getLogger(KernelAccess.class.getName());
    /// Where the numbers of this package are those of the kernel.
    private static final Set<String> KNOWN_PROCESSORS = Set.of("amd64", "aarch64", "riscv64");

    private KernelAccess() {}

    /// True on Linux, when this process was not denied native access.
    static boolean isGranted() {
        if (!System.getProperty("os.name", "").equals("Linux")
                || !KNOWN_PROCESSORS.contains(System.getProperty("os.arch", ""))
                || !ByteOrder.nativeOrder().equals(ByteOrder.LITTLE_ENDIAN)) {
            return false;
        }
        try {
            KernelCalls.find();
            return true;
        } catch (LinkageError e) {
            // Denied, or not there: the initializer of the class says which.
            LOGGER.log(System.Logger.Level.DEBUG, "system calls cannot be made", e);
            return false;
        }
    }
}
