package io.tocsin.core.user;

import java.nio.file.Path;

/// Where the first administrator's password and token are written.
public record DataFolder(Path path) {}
