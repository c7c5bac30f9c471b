package io.tocsin.app.fault;

import io.tocsin.app.fault.BreakWire.Wire;
import io.tocsin.app.fault.DamageLog.Damage;
import io.tocsin.app.fault.KillProcess.Victim;
import io.tocsin.app.fault.NetworkRelay.Mode;
import io.tocsin.pipeline.transport.log.CrashPoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The ways of breaking there are. A new one is a file and a line here.
public final class FaultScenarios {
    /// Those that one test runs: about a minute.
    public static final List<String> QUICK =
            List.of("kill-collector", "wire-refusing-input", "wire-answers-lost-storage", "garbage");

    private FaultScenarios() {}

    /// In the order in which they run.
    ///
    /// @param kafka an unpacked distribution of Kafka; null when there is none
    public static List<FaultScenario> all(@Nullable Path kafka) {
        Duration three = Duration.ofSeconds(3);
        List<FaultScenario> all = new ArrayList<>(List.of(
                new KillProcess(Victim.COLLECTOR),
                new KillProcess(Victim.STORAGE),
                new KillProcess(Victim.CENTRE),
                new KillProcess(Victim.CORRELATOR),
                new KillProcess(Victim.ALL),
                new StopProcess(),
                new FreezeProcess(false),
                new FreezeProcess(true),
                new BreakWire(Wire.SENDER_TO_COLLECTOR, Mode.REFUSING, three, Duration.ofSeconds(1)),
                new BreakWire(Wire.SENDER_TO_COLLECTOR, Mode.SILENT, Duration.ofSeconds(20), Duration.ofSeconds(15)),
                new BreakWire(
                        Wire.SENDER_TO_COLLECTOR, Mode.ANSWERS_LOST, Duration.ofSeconds(20), Duration.ofSeconds(15)),
                new BreakWire(Wire.SENDER_TO_COLLECTOR, Mode.SLOW, three, Duration.ofSeconds(1)),
                new BreakWire(Wire.COLLECTOR_TO_STORAGE, Mode.REFUSING, three, Duration.ofSeconds(15)),
                new BreakWire(Wire.COLLECTOR_TO_STORAGE, Mode.SILENT, Duration.ofSeconds(20), Duration.ofSeconds(15)),
                new BreakWire(Wire.COLLECTOR_TO_STORAGE, Mode.ANSWERS_LOST, three, Duration.ofSeconds(45)),
                new BreakWire(Wire.COLLECTOR_TO_STORAGE, Mode.CORRUPT, three, Duration.ofSeconds(15)),
                new BreakWire(Wire.COLLECTOR_TO_STORAGE, Mode.SLOW, three, Duration.ofSeconds(15)),
                new BreakTarget(Mode.REFUSING),
                new BreakTarget(Mode.SILENT),
                new DamageLog(Damage.TORN_TAIL),
                new DamageLog(Damage.CURSORS_DELETED),
                new DamageLog(Damage.CURSORS_EMPTY),
                new DamageLog(Damage.BIT_TURNED),
                new DamageLog(Damage.FILE_CUT),
                new FillDisk(),
                new SlowDisk(false),
                new SlowDisk(true),
                new StepClock(true),
                new StepClock(false),
                new SendGarbage(),
                new RefusePeers(),
                new HoldMemory(),
                new LoseBroker(kafka, false),
                new LoseBroker(kafka, true)));
        for (BreakPair.Break what : BreakPair.Break.values()) {
            all.add(new BreakPair(what));
        }
        for (CrashPoint point : CrashPoint.values()) {
            all.add(new CrashAtPoint(point));
        }
        return List.copyOf(all);
    }
}
