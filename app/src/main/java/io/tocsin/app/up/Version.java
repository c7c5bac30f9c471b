package io.tocsin.app.up;

/// The version of this build.
public final class Version {
    private Version() {}

    /// As the jar says, or `development` outside of one.
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
