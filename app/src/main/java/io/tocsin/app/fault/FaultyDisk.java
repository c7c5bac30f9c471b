package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/// A disk that forces slowly or not at all: a small library before the C library of a process, which looks into a file
/// at every `fsync` and `fdatasync`. It is compiled when it is needed.
///
/// @param library what is loaded before the others
/// @param order the file that says what happens; while it is missing, what the kernel does
record FaultyDisk(Path library, Path order) {
    private static final String SOURCE = """
            #include <errno.h>
            #include <fcntl.h>
            #include <stdlib.h>
            #include <sys/syscall.h>
            #include <unistd.h>

            /* "750": every force takes 750 ms longer; "error": every force fails; "once": the next one fails. */
            static int refuses(void) {
              const char *path = getenv("TOCSIN_FAULT_DISK");
              char text[16] = {0};
              int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
              if (file < 0) return 0;
              ssize_t length = read(file, text, sizeof text - 1);
              close(file);
              if (length > 0 && text[0] >= '0' && text[0] <= '9') usleep(atoi(text) * 1000u);
              else if (text[0] == 'e' || (text[0] == 'o' && unlink(path) == 0)) return 1;
              return 0;
            }

            static int force(long call, int file) {
              if (refuses()) {
                errno = EIO;
                return -1;
              }
              return (int) syscall(call, file);
            }

            int fsync(int file) { return force(SYS_fsync, file); }
            int fdatasync(int file) { return force(SYS_fdatasync, file); }
            """;

    static FaultyDisk make(Path folder) throws IOException, InterruptedException {
        return new FaultyDisk(CompiledLibrary.compile(folder, "disk", SOURCE), folder.resolve("disk.order"));
    }

    /// For processes that have this disk.
    Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "TOCSIN_FAULT_DISK", order.toString());
    }

    void order(String what) throws IOException {
        Path next = order.resolveSibling("disk.next");
        Files.writeString(next, what);
        Files.move(next, order, StandardCopyOption.ATOMIC_MOVE);
    }

    void well() throws IOException {
        Files.deleteIfExists(order);
    }
}
