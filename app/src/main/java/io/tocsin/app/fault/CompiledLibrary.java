package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Small libraries that stand before the C library of a process under test, compiled when they are needed.
final class CompiledLibrary {
    private CompiledLibrary() {}

    /// Why there are none on this machine, empty when there are.
    static String obstacle() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, "cc"))) {
                return "";
            }
        }
        return "needs a C compiler (Debian package gcc)";
    }

    /// @param name of the files in the folder
    static Path compile(Path folder, String name, String source) throws IOException, InterruptedException {
        Path text = folder.resolve(name + ".c");
        Path library = folder.resolve(name + ".so");
        Path said = folder.resolve(name + ".cc");
        if (!Files.exists(library)) {
            Files.writeString(text, source);
            Process compiler = new ProcessBuilder(
                            "cc", "-O1", "-shared", "-fPIC", "-o", library.toString(), text.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (!compiler.waitFor(1, TimeUnit.MINUTES) || compiler.exitValue() != 0) {
                throw new IOException("the C compiler fails: " + Files.readString(said));
            }
        }
        return library;
    }
}
