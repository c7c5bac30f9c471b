package io.tocsin.pipeline.stage;

import io.tocsin.time.SystemClock;
import java.nio.file.Path;

/// What a stage gets from the collector that it works for.
///
/// @param collector name of the collector
/// @param folder for what has to outlive the process; shared by the collectors, made by whoever writes first
public record StageContext(String collector, SystemClock clock, Path folder) {}
