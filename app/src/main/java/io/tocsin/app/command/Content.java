package io.tocsin.app.command;

import java.nio.file.Files;
import java.nio.file.Path;

/// The shipped resources.
final class Content {
    private Content() {}

    /// The folder `content` of the installation, which the launcher names.
    static Path folder() {
        String home = System.getProperty("tocsin.home", ".");
        Path folder = Path.of(home).resolve("content");
        if (!Files.isDirectory(folder)) {
            throw CommandException.cannotStart("no shipped resources [folder=" + folder.toAbsolutePath()
                    + "]: start with the launcher './tocsin' of a whole installation");
        }
        return folder;
    }
}
