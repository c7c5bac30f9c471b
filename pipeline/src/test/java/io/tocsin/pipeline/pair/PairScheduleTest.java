package io.tocsin.pipeline.pair;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random schedules of lines, deaths, stops, cuts and absences of the witness, in virtual time:
/// whatever happens, each line comes out once. The members are real; the log, the assembler and the
/// line between them are models.
class PairScheduleTest {
    private static final String NOTHING = "nothing";
    private static final long MILLI = 1_000_000L;
    private static final long TIMEOUT = 400 * MILLI;
    private static final PairOptions LISTENS = options(true);
    private static final PairOptions CONNECTS = options(false);

    @TempDir
    Path folder;

    private static PairOptions options(boolean listens) {
        java.net.InetSocketAddress address = new java.net.InetSocketAddress("127.0.0.1", 1);
        return new PairOptions(
                listens ? address : null, listens ? null : address, "x", Duration.ofNanos(TIMEOUT), true, 1 << 20);
    }

    /// A record of the model's log.
    ///
    /// @param text a line `GROUP LINE`; empty: give out
    private record Line(String text, @Nullable LogPosition received) {}

    /// What survives a death.
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    private record Saved(
            LogPosition position, int released, byte[] state, long done, long session, LogPosition received) {}

    private static final class Wire implements PairSender {
        final Deque<PairMessage> waiting = new ArrayDeque<>();
        boolean closing;

        @Override
        public void send(PairMessage message) {
            waiting.add(message);
        }

        @Override
        public void close(String why) {
            closing = true;
        }

        @Override
        public String peer() {
            return "model";
        }
    }

    private final class Side implements PairHost {
        final Path home;
        final boolean listens;
        final List<Line> log = new ArrayList<>();
        final List<String> released = new ArrayList<>();
        final List<PairItem> items = new ArrayList<>();
        Map<String, List<String>> groups = new TreeMap<>();
        Saved saved = new Saved(LogPosition.START, 0, state(), 0, 0, LogPosition.START);

        @Nullable
        PairMember member;

        LogPosition position = LogPosition.START;
        LogPosition readTo = LogPosition.START;
        long done;
        long receivedSession;

        @Nullable
        LogPosition received;

        int repeated;
        boolean leaving;
        long diedNanos;

        Side(String name, boolean listens) {
            this.home = folder.resolve(name);
            this.listens = listens;
        }

        boolean up() {
            return member != null;
        }

        LogPosition end() {
            return new LogPosition(log.size(), log.size());
        }

        byte[] state() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (DataOutputStream out = new DataOutputStream(bytes)) {
                out.writeInt(groups.size());
                for (Map.Entry<String, List<String>> group : groups.entrySet()) {
                    out.writeUTF(group.getKey());
                    out.writeUTF(String.join(",", group.getValue()));
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            return bytes.toByteArray();
        }

        void restore(byte[] state) throws IOException {
            groups = new TreeMap<>();
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
            for (int i = in.readInt(); i > 0; i--) {
                groups.put(in.readUTF(), new ArrayList<>(List.of(in.readUTF().split(",", -1))));
            }
        }

        void start() throws IOException {
            PairMember started = new PairMember(
                    "model",
                    home,
                    listens ? 1 : 2,
                    1,
                    listens ? LISTENS : CONNECTS,
                    witness,
                    () -> Map.of("a", "b"),
                    () -> nowNanos,
                    random::nextLong);
            restore(saved.state());
            position = saved.position();
            readTo = position;
            done = saved.done();
            receivedSession = saved.session();
            received = saved.received();
            repeated = released.size() - saved.released();
            items.clear();
            LogPosition last = started.session() != 0 && started.session() == receivedSession ? received : null;
            for (int i = (int) position.recordIndex(); i < log.size() && started.session() != 0; i++) {
                last = log.get(i).received() == null ? last : log.get(i).received();
            }
            member = started;
            leaving = false;
            started.attach(this, end(), last);
        }

        void kill() {
            member = null;
            diedNanos = nowNanos;
        }

        void save() {
            if (repeated == 0) {
                saved = new Saved(
                        position,
                        released.size(),
                        state(),
                        done,
                        receivedSession,
                        received == null ? LogPosition.START : received);
            }
        }

        long held() {
            return groups.values().stream().mapToLong(List::size).sum();
        }

        void release(String lines) {
            if (repeated > 0) {
                repeated--;
            } else {
                released.add(lines);
            }
        }

        void process(String text, boolean discarding) {
            if (text.isEmpty()) {
                List.copyOf(groups.values()).forEach(group -> release(String.join(",", group)));
                groups.clear();
                return;
            }
            if (text.equals(NOTHING)) {
                return;
            }
            String group = text.substring(0, text.indexOf(' '));
            groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(text);
            if (text.endsWith("end")) {
                String whole = String.join(",", groups.remove(group));
                if (!discarding) {
                    release(whole);
                }
            }
        }

        @Override
        public void append(LogPosition from, byte[] batch) {
            // What asks to give out is no request any more when it comes from the other one.
            log.add(new Line(batch.length == 0 ? NOTHING : new String(batch, UTF_8), from));
        }

        @Override
        public void sync() {}

        void step() throws IOException {
            PairMember is = member;
            if (is == null) {
                return;
            }
            if (items.isEmpty()) {
                for (int n = random.nextInt(1, 5); n > 0 && readTo.recordIndex() < log.size(); n--) {
                    Line line = log.get((int) readTo.recordIndex());
                    LogRecord found = new LogRecord(readTo, 1, 1, 0, line.text().getBytes(UTF_8));
                    items.add(new PairItem(found, line.received(), line.text().isEmpty()));
                    readTo = found.end();
                }
            }
            long session = is.session();
            switch (is.turn(items, position, end(), held(), done)) {
                case PairTurn.Proceed(int count) -> {
                    for (PairItem item : items.subList(0, count)) {
                        process(new String(item.entry().payload(), UTF_8), false);
                        if (item.received() != null) {
                            received = item.received();
                            receivedSession = session;
                        }
                    }
                    forget(count);
                }
                case PairTurn.Skip(int count) -> forget(count);
                case PairTurn.Wait() -> {}
                case PairTurn.Snapshot() ->
                    is.snapshot(position, session == receivedSession ? received : null, state());
                case PairTurn.GiveOut() -> log.add(new Line("", null));
                case PairTurn.Yield() -> {
                    save();
                    if (repeated == 0) {
                        is.yielded();
                    }
                }
                case PairTurn.Drop(long ended) -> {
                    assertThat(repeated).isZero();
                    groups.clear();
                    done = ended;
                    save();
                }
                case PairTurn.Install(long ended, Path file) -> {
                    PairReplica.Content replica = PairReplica.read(file, ended);
                    assertThat(groups).isEmpty();
                    restore(replica.state());
                    replica.behind().forEach(read -> process(new String(read.batch(), UTF_8), true));
                    done = ended;
                    save();
                }
                case PairTurn.Note(long ended) -> {
                    done = ended;
                    save();
                }
                case PairTurn.Settle() -> {
                    save();
                    if (repeated == 0) {
                        is.settled();
                    }
                }
            }
            if (random.nextInt(10) == 0) {
                save();
            }
        }

        private void forget(int count) {
            position = items.get(count - 1).end();
            items.subList(0, count).clear();
        }
    }

    private long nowNanos;
    private Random random = new Random(0);
    private Map<Long, PairMessage.Ending> claims = new HashMap<>();
    private boolean away;
    private final Witness witness = new Witness() {
        @Override
        public PairMessage.Ending claim(PairMessage.Ending claim) throws IOException {
            if (away && random.nextBoolean()) {
                throw new IOException("away");
            }
            PairMessage.Ending first = claims.putIfAbsent(claim.session(), claim);
            if (away) {
                throw new IOException("no answer");
            }
            return first == null ? claim : first;
        }

        @Override
        public String name() {
            return "model";
        }
    };

    private @Nullable Wire toB;
    private @Nullable Wire toA;
    private boolean cut;
    private int takeovers;

    private void connect(Side a, Side b) {
        PairMember left = a.member;
        PairMember right = b.member;
        if (left == null || right == null || cut || toA != null) {
            return;
        }
        PairMessage.Hello first = left.hello();
        PairMessage.Hello second = right.hello();
        if (first != null && second != null) {
            Wire forth = new Wire();
            Wire back = new Wire();
            toB = forth;
            toA = back;
            left.connected(forth, first, second);
            right.connected(back, second, first);
        }
    }

    private void disconnect(Side a, Side b) {
        Wire forth = toB;
        Wire back = toA;
        toB = null;
        toA = null;
        if (forth != null && a.member != null) {
            a.member.lost(forth);
        }
        if (back != null && b.member != null) {
            b.member.lost(back);
        }
    }

    /// Delivers one message, or ends the connection.
    private void deliver(Side a, Side b) throws IOException {
        boolean forward = random.nextBoolean();
        Wire from = forward ? toB : toA;
        Wire other = forward ? toA : toB;
        Side to = forward ? b : a;
        if (from == null || other == null) {
            return;
        }
        if (!from.waiting.isEmpty()) {
            PairMessage message = from.waiting.poll();
            if (to.member != null) {
                to.member.received(other, message);
            }
        } else if (from.closing) {
            disconnect(a, b);
        }
    }

    private void kill(Side dying, Side a, Side b) {
        takeovers += dying.member == null ? 0 : (int) dying.member.figures().takeovers();
        dying.kill();
        disconnect(a, b);
    }

    private static boolean waitsForKeeper(Side side) {
        return side.member != null
                && side.member.session() != 0
                && side.member.figures().replicaBytes() == 0;
    }

    private static boolean isPair(Side a, Side b) {
        return a.member != null
                && b.member != null
                && Set.of("keeper", "helper")
                        .equals(new HashSet<>(List.of(
                                a.member.figures().state(), b.member.figures().state())));
    }

    private void begin(long seed) {
        random = new Random(seed);
        nowNanos = 1;
        claims = new HashMap<>();
        away = false;
        cut = false;
        toA = null;
        toB = null;
    }

    private void run(long seed, Path home) throws IOException, InterruptedException {
        begin(seed);
        Side a = new Side(home + "/a", true);
        Side b = new Side(home + "/b", false);
        a.start();
        b.start();
        List<String> sent = new ArrayList<>();
        long ticked = 0;
        int steps = 600;
        // A switch that is under way at the end is waited for: until then both have what is held.
        for (int i = 0; i < steps + 4000 || (i < steps + 8000 && !isPair(a, b)); i++) {
            boolean calm = i >= steps;
            Side one = random.nextBoolean() ? a : b;
            int what = random.nextInt(calm ? 70 : 100);
            nowNanos += random.nextInt(20) * MILLI;
            if (calm) {
                away = false;
                cut = false;
                if (!a.up()) {
                    a.start();
                }
                if (!b.up()) {
                    b.start();
                }
            }
            // Whoever was asked to stop has stopped by now: a process does not wait for the other one for ever.
            for (Side side : List.of(a, b)) {
                if (i == steps + 1000 && side.up() && side.leaving) {
                    kill(side, a, b);
                }
            }
            // A helper without a replica waits for its keeper, however long: somebody starts that.
            for (Side dead : List.of(a, b)) {
                Side living = dead == a ? b : a;
                if (!dead.up() && nowNanos - dead.diedNanos > 3 * TIMEOUT && (waitsForKeeper(living) || !living.up())) {
                    dead.start();
                }
            }
            if (nowNanos / (TIMEOUT / 6) != ticked) {
                ticked = nowNanos / (TIMEOUT / 6);
                for (Side side : List.of(a, b)) {
                    if (side.member != null && (calm || random.nextInt(4) > 0)) {
                        side.member.tick();
                    }
                }
            }
            if (what < 30) {
                for (int n = random.nextInt(6); n > 0; n--) {
                    deliver(a, b);
                }
            } else if (what < 55) {
                one.step();
            } else if (what < 62) {
                if (one.member != null) {
                    one.member.tick();
                }
            } else if (what < 70) {
                connect(a, b);
            } else if (what < 92) {
                if (one.up()) {
                    String text = "g" + random.nextInt(6) + " " + sent.size() + (random.nextInt(4) == 0 ? "end" : "");
                    sent.add(text);
                    one.log.add(new Line(text, null));
                }
            } else if (what < 94) {
                cut = !cut;
                if (cut) {
                    disconnect(a, b);
                }
            } else if (what < 96) {
                away = !away;
            } else if (what < 97) {
                if (one.member != null) {
                    one.member.leave();
                    one.leaving = true;
                }
            } else if (one.up()) {
                kill(one, a, b);
            } else {
                one.start();
            }
            if (calm && one.member != null && random.nextInt(300) == 0 && i < steps + 1000) {
                kill(one, a, b);
            }
        }
        Map<String, Integer> seen = new HashMap<>();
        for (Side side : List.of(a, b)) {
            assertThat(side.position).as("seed %d, read by %s", seed, side.home).isEqualTo(side.end());
            side.released.forEach(
                    text -> List.of(text.split(",", -1)).forEach(line -> seen.merge(line, 1, Integer::sum)));
            side.groups.values().forEach(group -> group.forEach(line -> seen.merge(line, 1, Integer::sum)));
        }
        Map<String, Integer> once = new HashMap<>();
        sent.forEach(line -> once.put(line, 1));
        assertThat(seen).as("seed %d", seed).containsExactlyInAnyOrderEntriesOf(once);
    }

    @Test
    void bringsEachLineOnceWhateverHappens() throws IOException, InterruptedException {
        long seed = Long.getLong("pair.seed", System.nanoTime());
        int runs = Integer.getInteger("pair.runs", 60);
        System.out.println("PairScheduleTest seed " + seed + ": repeat with -Dpair.seed=N -Dpair.runs=1");
        for (int i = 0; i < runs; i++) {
            Path home = folder.resolve(String.valueOf(i));
            Files.createDirectories(home);
            run(seed + i, home);
        }
        assertThat(takeovers).as("takeovers in all schedules").isPositive();
    }

    /// Lets both do what they can for a while.
    private void pass(Side a, Side b, long forNanos) throws IOException, InterruptedException {
        long until = nowNanos + forNanos;
        while (nowNanos < until) {
            nowNanos += 10 * MILLI;
            connect(a, b);
            for (Side side : List.of(a, b)) {
                if (side.member != null) {
                    side.member.tick();
                }
                for (int i = 0; i < 4; i++) {
                    deliver(a, b);
                }
                side.step();
            }
        }
    }

    /// A helper that is back while its keeper is not, with a line that the keeper has and one that it has not.
    private Side bereft(Side keeper, Side helper) throws IOException, InterruptedException {
        begin(1);
        keeper.start();
        helper.start();
        pass(keeper, helper, TIMEOUT);
        helper.log.add(new Line("g0 0", null));
        pass(keeper, helper, TIMEOUT);
        assertThat(keeper.groups).containsEntry("g0", List.of("g0 0"));
        helper.save();
        kill(keeper, keeper, helper);
        kill(helper, keeper, helper);
        helper.start();
        helper.log.add(new Line("g0 1end", null));
        pass(keeper, helper, 50 * TIMEOUT);
        assertThat(helper.released).isEmpty();
        assertThat(claims).isEmpty();
        PairMember waiting = Objects.requireNonNull(helper.member);
        assertThat(waiting.figures().detail()).contains("waits for its keeper");
        return helper;
    }

    @Test
    void waitsForItsKeeperWhenItIsBackWithoutReplica() throws IOException, InterruptedException {
        Side keeper = new Side("a", true);
        Side helper = bereft(keeper, new Side("b", false));
        keeper.start();
        pass(keeper, helper, 2 * TIMEOUT);
        assertThat(keeper.released).containsExactly("g0 0,g0 1end");
        assertThat(helper.released).isEmpty();
    }

    @Test
    void goesOnWithoutItsKeeperWhenItsSessionIsDeleted() throws IOException, InterruptedException {
        Side keeper = new Side("a", true);
        Side helper = bereft(keeper, new Side("b", false));
        kill(helper, keeper, helper);
        Files.delete(helper.home.resolve("model.pair"));
        helper.start();
        pass(keeper, helper, 2 * TIMEOUT);
        assertThat(helper.released).containsExactly("g0 1end");
    }
}
