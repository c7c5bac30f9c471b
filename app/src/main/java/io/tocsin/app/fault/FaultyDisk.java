package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/// A disk that forces slowly or not at all, or does not give back what it holds: a small library before the C
/// library of a process, which looks into a file at every `fsync`, `fdatasync` and `pread`. It is compiled when it
/// is needed.
///
/// @param library what is loaded before the others
/// @param order the file that says what happens; while it is missing, what the kernel does
record FaultyDisk(Path library, Path order) {
    private static final String SOURCE = """
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/syscall.h>
            #include <unistd.h>

            /* "750": every force takes 750 ms longer; "error": every force fails; "once .segment": the next one of a
               file with that ending fails; "read /some/file": nothing of that file is given back. */
            static ssize_t ordered(char *text, size_t size) {
              const char *path = getenv("TOCSIN_FAULT_DISK");
              int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
              if (file < 0) return 0;
              ssize_t length = read(file, text, size);
              close(file);
              return length;
            }

            static int named(int file, char *name, size_t size) {
              char link[64];
              snprintf(link, sizeof link, "/proc/self/fd/%d", file);
              return readlink(link, name, size) > 0;
            }

            static int refuses(int file) {
              char text[64] = {0}, name[1024] = {0};
              if (ordered(text, sizeof text - 1) <= 0) return 0;
              if (text[0] >= '0' && text[0] <= '9') usleep(atoi(text) * 1000u);
              if (!strncmp(text, "error", 5)) return 1;
              if (strncmp(text, "once ", 5) || !named(file, name, sizeof name - 1)) return 0;
              size_t length = strlen(name), ending = strlen(text + 5);
              return length >= ending && !strcmp(name + length - ending, text + 5)
                  && unlink(getenv("TOCSIN_FAULT_DISK")) == 0;
            }

            static int force(long call, int file) {
              if (refuses(file)) {
                errno = EIO;
                return -1;
              }
              return (int) syscall(call, file);
            }

            /* Only files of the log are read by position. */
            static int withholds(int file) {
              char text[1024] = {0}, name[1024] = {0};
              return ordered(text, sizeof text - 1) >= 6 && !strncmp(text, "read ", 5)
                  && named(file, name, sizeof name - 1) && !strcmp(name, text + 5);
            }

            ssize_t pread64(int file, void *into, size_t size, off_t offset) {
              if (withholds(file)) {
                errno = EIO;
                return -1;
              }
              return syscall(SYS_pread64, file, into, size, offset);
            }

            ssize_t pread(int file, void *into, size_t size, off_t offset) {
              return pread64(file, into, size, offset);
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
