package io.tocsin.app.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/// A wall clock that is off by what a file says, for processes that ask the C library for the time. The monotonic
/// clock and all timers run on, as on a machine whose clock is set.
///
/// @param library what is loaded before the others
/// @param offset the file: a number of seconds in 8 bytes, seen by the processes at once
record SteppedClock(Path library, Path offset) {
    private static final String SOURCE = """
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <stdlib.h>
            #include <sys/mman.h>
            #include <sys/syscall.h>
            #include <sys/time.h>
            #include <time.h>
            #include <unistd.h>

            static const volatile long long *offset;

            __attribute__((constructor)) static void look(void) {
              const char *path = getenv("TOCSIN_FAULT_CLOCK");
              int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
              void *map = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
              if (map != MAP_FAILED) offset = map;
              if (file >= 0) close(file);
            }

            int clock_gettime(clockid_t clock, struct timespec *now) {
              int failed = (int) syscall(SYS_clock_gettime, clock, now);
              if (!failed && clock == CLOCK_REALTIME && offset) now->tv_sec += *offset;
              return failed;
            }

            int gettimeofday(struct timeval *restrict now, void *restrict zone) {
              int failed = (int) syscall(SYS_gettimeofday, now, zone);
              if (!failed && offset) now->tv_sec += *offset;
              return failed;
            }

            time_t time(time_t *to) {
              struct timespec now;
              clock_gettime(CLOCK_REALTIME, &now);
              if (to) *to = now.tv_sec;
              return now.tv_sec;
            }
            """;

    /// A clock that is right.
    static SteppedClock make(Path folder) throws IOException, InterruptedException {
        SteppedClock clock =
                new SteppedClock(CompiledLibrary.compile(folder, "clock", SOURCE), folder.resolve("clock.offset"));
        clock.step(0);
        return clock;
    }

    /// For processes that have this clock.
    Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "TOCSIN_FAULT_CLOCK", offset.toString());
    }

    /// @param seconds off the machine's clock
    void step(long seconds) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        bytes.putLong(seconds).flip();
        try (FileChannel file = FileChannel.open(offset, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(bytes, 0);
        }
    }
}
