import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The class loader of what javac takes from its processor path, here Error Prone, in a Maven that compiles many modules:
/// each of its threads makes one, where javac makes one for each compilation, which loads and warms up everything anew.
/// javac takes this class by the option `procloader` (com.sun.tools.javac.file.BaseFileManager) when it is on the class
/// path of Maven, and does without it when it is not. `app/dist/test` puts it there, as an agent that does nothing.
///
/// Thread-safety: any number of threads. They share nothing, because checks remember types of the compilation that asked
/// last.
public final class SharedProcessors extends ClassLoader {
    private static final ThreadLocal<Map<List<String>, ClassLoader>> LOADERS = ThreadLocal.withInitial(HashMap::new);

    /// @param path what the processors are in
    /// @param parent sees javac; the same for all
    public SharedProcessors(URL[] path, ClassLoader parent) {
        super(LOADERS.get().computeIfAbsent(
                Arrays.stream(path).map(URL::toString).toList(), _ -> new URLClassLoader(path, parent)));
    }

    /// Nothing is left to do: the JVM has put the jar on the class path.
    public static void premain(String options) {}
}
