package io.tocsin.app.up;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;

/// The files of a folder of resources that are read, each kind in order of the paths. What begins with a dot is left
/// alone: the inside of a checkout, and what a file system or an editor keeps for itself.
///
/// @param yaml files with resources or Sigma rules
/// @param archives zip archives of rules
/// @param checkouts folders below the one that was read which are checkouts of other repositories
/// @param seen every file with its size and time, to tell whether something changed
record ResourceFiles(List<Path> yaml, List<Path> archives, List<Path> checkouts, List<String> seen) {
    private static final int DEEPEST = 64;

    ResourceFiles {
        yaml = List.copyOf(yaml);
        archives = List.copyOf(archives);
        checkouts = List.copyOf(checkouts);
        seen = List.copyOf(seen);
    }

    /// Reads a folder; what cannot be read goes into `problems`.
    static ResourceFiles below(Path folder, Problems problems) {
        Walk walk = new Walk(folder);
        try {
            Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEEPEST, walk);
        } catch (IOException e) {
            problems.add(
                    new Position(folder.toString(), 0, 0),
                    "cannot read the folder of resources [" + e.getMessage() + "]");
            return new ResourceFiles(List.of(), List.of(), List.of(), List.of("unreadable: " + e.getMessage()));
        }
        Collections.sort(walk.yaml);
        Collections.sort(walk.archives);
        Collections.sort(walk.seen);
        return new ResourceFiles(walk.yaml, walk.archives, walk.checkouts, walk.seen);
    }

    boolean isInCheckout(Path file) {
        return checkouts.stream().anyMatch(file::startsWith);
    }

    /// Thread-safety: one thread.
    private static final class Walk extends SimpleFileVisitor<Path> {
        private final Path root;
        private final List<Path> yaml = new ArrayList<>();
        private final List<Path> archives = new ArrayList<>();
        private final List<Path> checkouts = new ArrayList<>();
        private final List<String> seen = new ArrayList<>();

        Walk(Path root) {
            this.root = root;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            if (folder.equals(root)) {
                return FileVisitResult.CONTINUE;
            }
            if (isHidden(folder)) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            if (Files.exists(folder.resolve(".git"))) {
                checkouts.add(folder);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!attributes.isRegularFile() || isHidden(file)) {
                return FileVisitResult.CONTINUE;
            }
            seen.add(file + " " + attributes.size() + " " + attributes.lastModifiedTime());
            String name = file.getFileName().toString();
            if (name.endsWith(".zip")) {
                archives.add(file);
            } else if ((name.endsWith(".yaml") || name.endsWith(".yml"))
                    && !name.endsWith(".tests.yaml")
                    && !name.endsWith(".tests.yml")) {
                yaml.add(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            // A file that has just gone, or a link to nowhere, is no file; the folder itself must be there.
            if (file.equals(root)) {
                throw failure;
            }
            return FileVisitResult.CONTINUE;
        }

        private static boolean isHidden(Path file) {
            return file.getFileName().toString().startsWith(".");
        }
    }
}
