package io.tocsin.storage;

import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;

/// What `tocsin storage` is to the application: the main of a storage process, for tests of real processes.
public final class StorageMain {
    private StorageMain() {}

    /// @param arguments folder and port
    public static void main(String[] arguments) {
        StorageOptions options = StorageOptions.of(
                Path.of(arguments[0]),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1])),
                TestStorage.SECRET,
                InstantSource.system());
        StorageChild.serve(options, System.in, new PrintStream(System.out, true));
    }
}
