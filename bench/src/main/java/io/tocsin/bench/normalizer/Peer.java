package io.tocsin.bench.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// Another program that takes lines apart: started with a configuration of `bench/peers/`, sent lines over TCP, asked
/// by
/// way of `/proc/PID/stat` for the processor time that it took.
///
/// @param program what to start; the file beside it in `bench/peers/` is `<name>-<FORMAT>.conf`
/// @param root folder into which the packages of the program were unpacked; `/` when it is installed
record Peer(String name, Path program, Path root, Path configurations) {
    private static final int WARM_UP_LINES = 20_000;
    private static final long START_NANOS = 10_000_000_000L;
    private static final long QUIET_NANOS = 300_000_000L;

    /// The peers that this machine has: rsyslog, and syslog-ng, whose package does not go with that of rsyslog and may
    /// be unpacked into the folder named by `TOCSIN_SYSLOG_NG`.
    static List<Peer> installed(Path configurations) {
        List<Peer> peers = new ArrayList<>();
        Path rsyslog = Path.of("/usr/sbin/rsyslogd");
        if (Files.isExecutable(rsyslog)) {
            peers.add(new Peer("rsyslog", rsyslog, Path.of("/"), configurations));
        }
        String unpacked = System.getenv("TOCSIN_SYSLOG_NG");
        Path root = Path.of(unpacked == null || unpacked.isBlank() ? "/" : unpacked);
        Path other = root.resolve("usr/sbin/syslog-ng");
        if (Files.isExecutable(other)) {
            peers.add(new Peer("syslog-ng", other, root, configurations));
        }
        return peers;
    }

    /// Lines for each second of processor time, user and system; NaN when there is no configuration for the format.
    ///
    /// @param seconds how long to send about, by the wall clock
    double eventsPerCpuSecond(String format, List<byte[]> lines, double seconds)
            throws IOException, InterruptedException {
        Path template = configurations.resolve(name + "-" + format + ".conf");
        if (!Files.exists(template)) {
            return Double.NaN;
        }
        int port = freePort();
        Path work = Files.createTempDirectory("tocsin-peer");
        Path configuration = work.resolve("peer.conf");
        Files.writeString(
                configuration,
                Files.readString(template)
                        .replace("@PORT@", Integer.toString(port))
                        .replace("@WORK@", work.toString()));
        Process process = start(work, configuration);
        try {
            return measure(process, port, lines, seconds);
        } finally {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            delete(work);
        }
    }

    private Process start(Path work, Path configuration) throws IOException {
        ProcessBuilder command;
        if (name.equals("rsyslog")) {
            command = new ProcessBuilder(
                    program.toString(),
                    "-n",
                    "-f",
                    configuration.toString(),
                    "-i",
                    work.resolve("pid").toString());
        } else {
            Path libraries = root.resolve("usr/lib/syslog-ng");
            Path modules = libraries;
            try (Stream<Path> versions = Files.list(libraries)) {
                modules = versions.filter(Files::isDirectory).findFirst().orElse(libraries);
            }
            command = new ProcessBuilder(
                    program.toString(),
                    "-F",
                    "--no-caps",
                    "-f",
                    configuration.toString(),
                    "-R",
                    work.resolve("state").toString(),
                    "-c",
                    work.resolve("control").toString(),
                    "-p",
                    work.resolve("pid").toString(),
                    "--module-path=" + modules);
            Map<String, String> environment = command.environment();
            String machine = "lib/x86_64-linux-gnu";
            environment.put(
                    "LD_LIBRARY_PATH",
                    libraries + ":" + root.resolve("usr").resolve(machine) + ":" + root.resolve(machine));
        }
        return command.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static double measure(Process process, int port, List<byte[]> lines, double seconds) throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (byte[] line : lines) {
            block.write(line, 0, line.length);
            block.write('\n');
        }
        byte[] bytes = block.toByteArray();
        try (Socket socket = connect(process, port)) {
            OutputStream out = socket.getOutputStream();
            for (int sent = 0; sent < WARM_UP_LINES; sent += lines.size()) {
                out.write(bytes);
            }
            out.flush();
            awaitIdle(process);
            long before = cpuTicks(process);
            long until = System.nanoTime() + (long) (seconds * 1e9);
            long sent = 0;
            while (System.nanoTime() < until) {
                out.write(bytes);
                sent += lines.size();
            }
            out.flush();
            awaitIdle(process);
            return sent / ((cpuTicks(process) - before) / 100.0);
        }
    }

    private static Socket connect(Process process, int port) throws IOException {
        long until = System.nanoTime() + START_NANOS;
        while (System.nanoTime() < until && process.isAlive()) {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
                return socket;
            } catch (IOException notYet) {
                socket.close();
                LockSupport.parkNanos(50_000_000);
            }
        }
        throw new IOException("peer does not listen [port=" + port + "]: try its configuration by hand");
    }

    /// Waits until the process takes no more processor time.
    private static void awaitIdle(Process process) throws IOException {
        long before = -1;
        long now = cpuTicks(process);
        while (now != before) {
            before = now;
            LockSupport.parkNanos(QUIET_NANOS);
            now = cpuTicks(process);
        }
    }

    /// User and system time of a process in hundredths of a second: fields 14 and 15 of `/proc/PID/stat` (proc(5)).
    private static long cpuTicks(Process process) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"), UTF_8);
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.sorted((left, right) -> right.compareTo(left)).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
