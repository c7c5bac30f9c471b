package io.tocsin.pipeline.transport.log;

/// How near a buffer is to losing something or making somebody wait.
public enum LogPressure {
    GREEN,

    /// 70 percent of a limit of size or age.
    YELLOW,

    /// 90 percent of a limit, or the disk refuses.
    RED;

    private static final double YELLOW_SHARE = 0.7;
    private static final double RED_SHARE = 0.9;

    /// @param used amount in use
    /// @param limit the limit; 0 means none
    static LogPressure of(long used, long limit) {
        double share = limit <= 0 ? 0 : (double) used / (double) limit;
        if (share < YELLOW_SHARE) {
            return GREEN;
        }
        return share < RED_SHARE ? YELLOW : RED;
    }

    LogPressure or(LogPressure other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
