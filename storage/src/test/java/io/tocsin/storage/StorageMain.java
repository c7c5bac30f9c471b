package io.tocsin.storage;

import java.io.PrintStream;
import java.nio.file.Path;

/// What `tocsin storage` is to the application: the main of a storage process, for tests of real processes.
public final class StorageMain {
    private StorageMain() {}

    /// @param arguments folder and port
    public static void main(String[] arguments) {
        StorageOptions options = TestStorage.options(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        StorageChild.serve(options, System.in, new PrintStream(System.out, true));
    }
}
