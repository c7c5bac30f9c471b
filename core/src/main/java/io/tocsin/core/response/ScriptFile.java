package io.tocsin.core.response;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;

/// Finds a script in the one folder that scripts may stand in. Nothing on the way may be a link, and nobody but its
/// owner may be able to change it.
final class ScriptFile {
    private ScriptFile() {}

    /// @param name parts of letters, digits and so on with '/' between them, as configuration allows
    /// @throws IOException with the reason when it may not be run
    static Path resolve(Path folder, String name) throws IOException {
        Path at = folder.toAbsolutePath().normalize();
        check(at, true);
        String[] parts = name.split("/", -1);
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].isEmpty() || parts[i].startsWith(".")) {
                throw new IOException("script is outside of the folder of scripts [file=" + name + "]");
            }
            at = at.resolve(parts[i]);
            check(at, i < parts.length - 1);
        }
        if (!Files.isExecutable(at)) {
            throw new IOException("script is not executable [file=" + at + "]: chmod u+x");
        }
        try (InputStream in = Files.newInputStream(at)) {
            byte[] start = in.readNBytes(4);
            boolean named = start.length > 2 && start[0] == '#' && start[1] == '!';
            boolean program = start.length == 4 && start[0] == 0x7F && start[1] == 'E' && start[2] == 'L';
            if (!named && !program) {
                throw new IOException(
                        "script does not say what runs it [file=" + at + "]: begin it with a line such as #!/bin/sh");
            }
        }
        return at;
    }

    private static void check(Path path, boolean folder) throws IOException {
        PosixFileAttributes found;
        try {
            found = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    (folder ? "there is no such folder [folder=" : "there is no such script [file=") + path + "]", e);
        }
        if (folder ? !found.isDirectory() : !found.isRegularFile()) {
            throw new IOException(
                    "not a plain " + (folder ? "folder" : "file") + ", links are not followed [path=" + path + "]");
        }
        if (found.permissions().contains(PosixFilePermission.OTHERS_WRITE)
                || found.permissions().contains(PosixFilePermission.GROUP_WRITE)) {
            throw new IOException("others than its owner can change it [path=" + path + "]: chmod go-w");
        }
    }
}
