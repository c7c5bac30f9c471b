package io.tocsin.core.user;

import java.nio.file.Path;

/// The data folder of the installation: the first administrator's password and token, scripts of responses.
public record DataFolder(Path path) {}
