package io.tocsin.app.up;

import java.net.URI;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How one service runs alone, beside those of other processes.
///
/// @param data data folder, made when missing; several services of a machine may share it
/// @param secretFile file with the installation's secret when it is not the data folder's own
/// @param resources folder of the user's resources, or null
/// @param content folder of the shipped resources
/// @param listen where the service listens
/// @param storage address of the storage service; null when nothing goes there
/// @param correlator address of the correlator that takes events; null when nothing goes there
/// @param alerts address of the installation that makes alerts of correlation events; null when nothing goes there
/// @param variables values for `${NAME}` in resources
/// @param reserveBytes space that the logs leave free on the disk
public record ServiceOptions(
        Path data,
        @Nullable Path secretFile,
        @Nullable Path resources,
        Path content,
        ListenAddress listen,
        @Nullable URI storage,
        @Nullable URI correlator,
        @Nullable URI alerts,
        Function<String, @Nullable String> variables,
        long reserveBytes) {}
