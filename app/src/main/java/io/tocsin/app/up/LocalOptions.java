package io.tocsin.app.up;

import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How `up` runs.
///
/// @param data data folder, made when missing
/// @param resources folder of the user's resources, or null
/// @param content folder of the shipped resources
/// @param httpListen `host:port` of the core
/// @param storageListen where the storage listens
/// @param intakeListen where collectors and correlators of other processes deliver
/// @param variables values for `${NAME}` in resources
/// @param reserveBytes space that the logs leave free on the disk
/// @param version version of this build
public record LocalOptions(
        Path data,
        @Nullable Path resources,
        Path content,
        String httpListen,
        ListenAddress storageListen,
        ListenAddress intakeListen,
        Function<String, @Nullable String> variables,
        long reserveBytes,
        String version) {}
