package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.Map;
import java.util.TreeMap;

/// Finds the files that a pattern means: `*` and `?` within a name, `**` across folders, `[…]` and `{a,b}`.
final class FileGlob {
    private static final int DEEPEST = 32;

    private final Path base;
    private final int depth;
    private final PathMatcher matcher;
    private final boolean plain;

    /// @throws IllegalArgumentException when the pattern is none
    FileGlob(String pattern) {
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException("path must be absolute [path=" + pattern + "]");
        }
        String[] parts = pattern.split("/+", -1);
        StringBuilder fixed = new StringBuilder("/");
        int first = 1;
        while (first < parts.length - 1 && !isPattern(parts[first])) {
            fixed.append(parts[first]).append('/');
            first++;
        }
        base = Path.of(fixed.toString());
        plain = first == parts.length - 1 && !isPattern(parts[first]);
        depth = pattern.contains("**") ? DEEPEST : parts.length - first;
        matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    }

    private static boolean isPattern(String part) {
        return part.chars().anyMatch(c -> "*?[{\\".indexOf(c) >= 0);
    }

    /// The folder in which all of the files lie.
    Path base() {
        return base;
    }

    /// True when the pattern names a single file.
    boolean isPlain() {
        return plain;
    }

    /// The regular files that fit now, by path, with their attributes.
    ///
    /// @param maximum most files to return
    Map<Path, BasicFileAttributes> find(int maximum) throws IOException {
        Map<Path, BasicFileAttributes> found = new TreeMap<>();
        FileVisitor<Path> visitor = new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && matcher.matches(file)) {
                    found.put(file, attributes);
                }
                return found.size() < maximum ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException unreadable) {
                return FileVisitResult.CONTINUE;
            }
        };
        if (Files.isDirectory(base)) {
            Files.walkFileTree(base, EnumSet.of(java.nio.file.FileVisitOption.FOLLOW_LINKS), depth, visitor);
        }
        return found;
    }
}
