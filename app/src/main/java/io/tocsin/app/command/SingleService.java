package io.tocsin.app.command;

import io.tocsin.app.up.ListenAddress;
import io.tocsin.app.up.ServiceOptions;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of services that run alone.
///
/// Thread-safety: one thread.
final class SingleService {
    private static final long MEBIBYTE = 1 << 20;

    @Option(
            names = "--data",
            description =
                    "Data folder, made when it is missing; services of one machine may share it (default: ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_DATA:-./data}")
    private Path data = Path.of("data");

    @Option(
            names = "--resources",
            description =
                    "Folder of your resources as YAML; by default DATA/resources when it exists. Shipped ones stay unless"
                            + " yours have the same name; your first collector replaces the shipped collectors.")
    private @Nullable Path resources;

    @Option(
            names = "--secret-file",
            description =
                    "File with the secret of the installation, copied from 'installation.secret' in the data folder of"
                            + " the other services (default: that of the data folder).",
            defaultValue = "${env:TOCSIN_SECRET_FILE}")
    private @Nullable Path secretFile;

    @Option(
            names = "--storage",
            description = "Address of the storage service, for example http://127.0.0.1:8444.",
            defaultValue = "${env:TOCSIN_STORAGE_URL}")
    private @Nullable URI storage;

    @Option(
            names = "--reserve-megabytes",
            description = "Space that the logs leave free on the disk (default: ${DEFAULT-VALUE}).",
            defaultValue = "256")
    private long reserveMegabytes = 256;

    boolean hasStorage() {
        return storage != null;
    }

    /// @param correlator where events for correlation go, or null
    /// @param alerts where correlation events go for alerts, or null
    ServiceOptions options(ListenAddress listen, @Nullable URI correlator, @Nullable URI alerts) {
        Path folder = data.toAbsolutePath().normalize();
        return new ServiceOptions(
                folder,
                secretFile,
                Serving.resources(resources, folder),
                Content.folder(),
                listen,
                storage,
                correlator,
                alerts,
                System::getenv,
                Math.max(0, reserveMegabytes) * MEBIBYTE);
    }
}
