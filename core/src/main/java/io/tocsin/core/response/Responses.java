package io.tocsin.core.response;

import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.HitListener;
import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Metrics;
import io.tocsin.core.http.Problem;
import io.tocsin.core.table.TableStore;
import io.tocsin.core.user.CurrentUser;
import io.tocsin.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Fires responses and makes their runs.
///
/// What fires is decided in the transaction that takes a finding, and waits in the database; from there runs are made,
/// so many side by side as each response allows. A run is marked as running, durably, before its attempt begins. What
/// the process died in is found at the next start: kinds that may be repeated are, the others count as failed.
///
/// Nothing runs until [#use] has said what the responses are.
///
/// Thread-safety: any thread.
public final class Responses implements HitListener, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Responses.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
    private static final Duration CLOSING = Duration.ofSeconds(10);
    private static final Duration CLEANING = Duration.ofHours(1);

    private final ResponseRuns runs;
    private final JsonMapper mapper;
    private final InstantSource clock;
    private final Path scripts;
    private final TableStore tables;
    private final Map<String, LongAdder> ended = new ConcurrentHashMap<>();
    private final Map<String, Integer> running = new HashMap<>();
    private final Set<Thread> workers = new HashSet<>();
    private final Semaphore wake = new Semaphore(0);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile Map<String, ResponseRule> rules = Map.of();
    private @Nullable Thread dispatcher;
    private boolean closing;

    Responses(
            ResponseRuns runs,
            JsonMapper mapper,
            InstantSource clock,
            Path scripts,
            TableStore tables,
            Metrics metrics) {
        this.runs = runs;
        this.mapper = mapper;
        this.clock = clock;
        this.scripts = scripts;
        this.tables = tables;
        metrics.register(new Metrics.Family(
                "tocsin_core_response_runs",
                "counter",
                "Runs of responses that ended.",
                samples -> ended.forEach((key, count) -> samples.add(
                        count.sum(),
                        "response",
                        key.substring(0, key.indexOf('\n')),
                        "state",
                        key.substring(key.indexOf('\n') + 1)))));
    }

    /// Says what the responses are from now on. The first call starts the work: what an earlier process left is dealt
    /// with. Runs that wait for a response that is gone are cancelled.
    public synchronized void use(List<ResponseRule> responses) {
        Map<String, ResponseRule> next = new LinkedHashMap<>();
        responses.forEach(each -> next.put(each.name(), each));
        rules = next;
        runs.cancelOthers(responses.stream()
                .filter(ResponseRule::enabled)
                .map(ResponseRule::name)
                .toList());
        if (dispatcher == null && !closing) {
            makeScriptFolder();
            recover();
            dispatcher = Thread.ofVirtual().name("responses").start(this::dispatch);
        }
        wakeUp();
    }

    /// The responses in their order.
    List<ResponseRule> list() {
        return List.copyOf(rules.values());
    }

    @Nullable
    ResponseRule find(String name) {
        return rules.get(name);
    }

    ResponseRuns runs() {
        return runs;
    }

    RunSite site() {
        return new RunSite(scripts, tables, clock);
    }

    /// Runs a response for a finding of an alert because a person asks for it, whether it would fire by itself or not.
    /// The limits of what it does by itself do not count it.
    ///
    /// @param findingId as the alert spells it; null for its newest finding
    /// @return the run, which waits
    ResponseRun ask(String response, String alertId, @Nullable String findingId, CurrentUser user) {
        if (!runs.isAlert(alertId)) {
            throw ApiException.notFound("alert");
        }
        ResponseRule rule = find(response);
        if (rule == null) {
            throw ApiException.invalid("response", "there is no response of this name");
        }
        if (!rule.enabled()) {
            throw ApiException.invalid("response", "is not enabled");
        }
        ResponseRuns.Subject subject = runs.subject(alertId, findingId);
        if (subject == null) {
            throw ApiException.invalid("findingId", "the alert keeps no such finding");
        }
        ResponseRun run = runs.ask(rule, subject, new LazyEvent(mapper, subject.fields()), user);
        if (run == null) {
            throw new ApiException(Problem.of(
                    409,
                    ErrorCode.CONFLICT,
                    "as many runs wait as may; try again when some have ended [response=" + response + ", mostWaiting="
                            + rule.limits().waiting() + "]"));
        }
        wakeUp();
        return run;
    }

    private void makeScriptFolder() {
        try {
            Files.createDirectories(
                    scripts, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "folder of scripts cannot be made, scripts will not run [folder=" + scripts + ", reason="
                            + e.getMessage() + "]");
        }
    }

    private void recover() {
        List<ResponseRuns.Waiting> interrupted = runs.interrupted();
        if (interrupted.isEmpty()) {
            return;
        }
        Set<String> ids = new HashSet<>();
        interrupted.forEach(each -> ids.add(each.id()));
        ProcessTree.kill(null, ids);
        for (ResponseRuns.Waiting run : interrupted) {
            ResponseRule rule = rules.get(run.response());
            if (rule != null && rule.enabled() && rule.action().isRepeatable()) {
                runs.again(run.id(), Duration.ZERO, "the process ended in an attempt, trying again");
            } else {
                finish(
                        run,
                        ResponseRun.State.FAILED,
                        "the process ended in the attempt: how far it came is not known," + " it is not repeated",
                        "");
            }
        }
    }

    @Override
    public void found(CorrelationHit hit) {
        if (hit.change() != CorrelationHit.Change.NEW) {
            return;
        }
        LazyEvent event = new LazyEvent(mapper, hit.fields());
        for (ResponseRule rule : rules.values()) {
            if (rule.enabled() && rule.match().mayFit(hit) && rule.match().fits(event)) {
                ResponseRun.State decided = runs.decide(rule, hit, event);
                if (decided == ResponseRun.State.SUPPRESSED) {
                    count(rule.name(), decided);
                }
            }
        }
    }

    @Override
    public void retracted(CorrelationHit hit) {
        runs.retract(hit);
    }

    @Override
    public void committed() {
        if (!rules.isEmpty()) {
            wakeUp();
        }
    }

    private void wakeUp() {
        if (wake.availablePermits() == 0) {
            wake.release();
        }
    }

    private void dispatch() {
        long cleaned = System.nanoTime();
        try {
            runs.removeOld();
            while (!isClosing()) {
                try {
                    for (ResponseRule rule : rules.values()) {
                        start(rule);
                    }
                    if (System.nanoTime() - cleaned > CLEANING.toNanos()) {
                        cleaned = System.nanoTime();
                        runs.removeOld();
                    }
                } catch (RuntimeException e) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "runs of responses cannot be read or written, trying again [reason=" + e.getMessage()
                                    + "]");
                }
                if (wake.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stopped.countDown();
        }
    }

    private synchronized boolean isClosing() {
        return closing;
    }

    private void start(ResponseRule rule) {
        int free;
        synchronized (this) {
            free = rule.enabled() ? rule.limits().concurrent() - running.getOrDefault(rule.name(), 0) : 0;
        }
        if (free <= 0) {
            return;
        }
        for (ResponseRuns.Waiting run : runs.due(rule.name(), free)) {
            if (!runs.begin(run.id())) {
                continue;
            }
            Thread worker = Thread.ofVirtual().name("response-" + rule.name()).unstarted(() -> attempt(rule, run));
            synchronized (this) {
                running.merge(rule.name(), 1, Integer::sum);
                workers.add(worker);
            }
            worker.start();
        }
    }

    private void attempt(ResponseRule rule, ResponseRuns.Waiting run) {
        try {
            FiredEvent event = new FiredEvent(
                    run.id(), run.response(), run.findingId(), run.alertId(), LazyEvent.read(mapper, run.fields()));
            RunResult result;
            try {
                result = rule.action().run(event, site());
            } catch (InterruptedException e) {
                result = rule.action().isRepeatable()
                        ? RunResult.later("stopped with the process")
                        : RunResult.failed("killed because the process was stopped", "");
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "BUG: a response failed in a way that it must not [response=" + rule.name() + ", run="
                                + run.id() + "]",
                        e);
                result = RunResult.failed(
                        "internal error, see the log [" + e.getClass().getSimpleName() + "]", "");
            }
            take(rule, run, result);
        } catch (RuntimeException e) {
            // The run stays 'running' and is dealt with at the next start.
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the end of a run cannot be written [response=" + rule.name() + ", run=" + run.id() + "]",
                    e);
        } finally {
            synchronized (this) {
                running.merge(rule.name(), -1, Integer::sum);
                workers.remove(Thread.currentThread());
            }
            wakeUp();
        }
    }

    private void take(ResponseRule rule, ResponseRuns.Waiting run, RunResult result) {
        int made = run.attempts() + 1;
        switch (result.end()) {
            case DONE -> finish(run, ResponseRun.State.DONE, result.outcome(), result.output());
            case FAILED -> finish(run, ResponseRun.State.FAILED, result.outcome(), result.output());
            case LATER -> {
                if (made >= rule.attempts() && !isClosing()) {
                    finish(
                            run,
                            ResponseRun.State.FAILED,
                            result.outcome() + "; given up after " + made + " attempts",
                            result.output());
                } else {
                    runs.again(run.id(), pause(rule, made, result.pause()), result.outcome());
                }
            }
        }
    }

    private static Duration pause(ResponseRule rule, int made, Duration asked) {
        Duration own = rule.pause().multipliedBy(1L << Math.min(made - 1, 20));
        Duration longest = own.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : own;
        return asked.compareTo(longest) > 0 ? asked : longest;
    }

    private void finish(ResponseRuns.Waiting run, ResponseRun.State state, String outcome, String output) {
        runs.end(run.id(), state, outcome, output);
        count(run.response(), state);
        if (state == ResponseRun.State.FAILED) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a response failed [response=" + run.response() + ", run=" + run.id() + ", finding="
                            + run.findingId() + "]: " + outcome);
        }
    }

    private void count(String response, ResponseRun.State state) {
        ended.computeIfAbsent(response + '\n' + state.text(), _ -> new LongAdder())
                .increment();
    }

    /// Stops: attempts under way are interrupted, what waits goes on after the next start.
    @Override
    public void close() {
        Thread thread;
        Set<Thread> open;
        synchronized (this) {
            closing = true;
            wakeUp();
            thread = dispatcher;
        }
        try {
            if (thread != null && !stopped.await(CLOSING.toMillis(), TimeUnit.MILLISECONDS)) {
                thread.interrupt();
            }
            synchronized (this) {
                open = Set.copyOf(workers);
            }
            for (Thread worker : open) {
                worker.interrupt();
            }
            for (Thread worker : open) {
                worker.join(CLOSING);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
