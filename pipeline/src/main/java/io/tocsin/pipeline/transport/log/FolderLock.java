package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Keeps a folder for one opener, across processes and inside this one.
///
/// Pitfalls: a process loses its lock on a file as soon as it closes **any** handle of that file. So the folders
/// open in this process are remembered and a second attempt never touches the file.
///
/// Thread-safety: any thread.
final class FolderLock implements AutoCloseable {
    static final String FILE_NAME = "lock";
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;

    private FolderLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /// @throws LogException when somebody else has the folder
    static FolderLock acquire(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path real = folder.toRealPath();
        if (!OPEN_HERE.add(real)) {
            throw new LogException(
                    LogException.Kind.LOCKED,
                    "log is already open in this process [folder=" + real + "]; use one folder per log");
        }
        try {
            return lock(real);
        } catch (IOException | RuntimeException e) {
            OPEN_HERE.remove(real);
            throw e;
        }
    }

    private static FolderLock lock(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(
                folder.resolve(FILE_NAME),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                ByteBuffer holder = ByteBuffer.allocate(32);
                channel.read(holder, 0);
                String process = new String(holder.array(), 0, holder.position(), StandardCharsets.US_ASCII).strip();
                throw new LogException(
                        LogException.Kind.LOCKED,
                        "log is open in another process [folder=" + folder + ", process=" + process
                                + "]; stop that process or use another folder");
            }
            noteHolder(channel);
            return new FolderLock(folder, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// The holder's number is for messages only, so a full disk is no reason to fail.
    private static void noteHolder(FileChannel channel) {
        try {
            byte[] holder = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(holder), 0);
        } catch (IOException e) {
            System.getLogger(FolderLock.class.getName())
                    .log(System.Logger.Level.DEBUG, "cannot note the holder of the lock", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            OPEN_HERE.remove(folder);
        }
    }
}
