package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keys found by their hash and held in the order in which they were last touched: all of them in one
/// order, and those of each tenant in one of their own. The links stand in the keys themselves, so a
/// key costs no object more.
///
/// Since [#saved] it knows what has changed, as long as that is less than the whole: keys that were
/// touched are the newest ones, those that changed without being touched and those that went are in
/// lists.
///
/// Thread-safety: one thread.
final class KeyTable {
    /// What of the keys belongs to one tenant.
    ///
    /// Thread-safety: one thread.
    static final class TenantKeys {
        final String tenant;
        long bytes;
        int size;

        @Nullable
        KeyWindow oldest;

        @Nullable
        KeyWindow newest;

        MemoryAccount.@Nullable Tenant account;
        /// Place in the list of names of what is being written.
        private int place;

        private TenantKeys(String tenant) {
            this.tenant = tenant;
        }
    }

    private static final int FEWEST_CHANGES_TO_GIVE_UP = 1_024;

    private final FreshState fresh;
    private @Nullable KeyWindow[] places = new KeyWindow[16];
    private int size;

    @Nullable
    KeyWindow oldest;

    private @Nullable KeyWindow newest;
    private final Map<String, TenantKeys> tenants = new LinkedHashMap<>();

    /// Goes up with each [#saved].
    private int epoch;
    /// True while it knows what has changed since [#saved].
    private boolean following;

    private final List<KeyWindow> changed = new ArrayList<>();
    private final List<WindowKey> removed = new ArrayList<>();

    KeyTable(FreshState fresh) {
        this.fresh = fresh;
    }

    int size() {
        return size;
    }

    Iterable<TenantKeys> tenants() {
        return tenants.values();
    }

    @Nullable
    TenantKeys tenant(String name) {
        return tenants.get(name);
    }

    @Nullable
    KeyWindow find(WindowKey key) {
        return find(key.high(), key.low(), key.timeline());
    }

    @Nullable
    KeyWindow find(long high, long low, long timeline) {
        KeyWindow each = places[place(high, low, timeline)];
        while (each != null && !each.hasKey(high, low, timeline)) {
            each = each.chained;
        }
        return each;
    }

    private int place(long high, long low, long timeline) {
        long mixed = low ^ Long.rotateLeft(timeline, 17) ^ Long.rotateLeft(high, 31);
        int hash = (int) (mixed ^ mixed >>> 32);
        return (hash ^ hash >>> 16) & places.length - 1;
    }

    private int place(KeyWindow window) {
        return place(window.high, window.low, window.timeline);
    }

    /// Adds a key that is not there yet, as the newest.
    void add(KeyWindow window, String tenant) {
        insert(window, tenants.computeIfAbsent(tenant, TenantKeys::new));
        append(window);
    }

    private void insert(KeyWindow window, TenantKeys owner) {
        if (size >= places.length / 4 * 3) {
            resize(places.length * 2);
        }
        int place = place(window);
        window.chained = places[place];
        places[place] = window;
        size++;
        window.owner = owner;
        owner.size++;
        window.bornAt = epoch;
    }

    private void resize(int length) {
        @Nullable KeyWindow[] old = places;
        places = new KeyWindow[length];
        for (KeyWindow first : old) {
            KeyWindow each = first;
            while (each != null) {
                KeyWindow next = each.chained;
                int place = place(each);
                each.chained = places[place];
                places[place] = each;
                each = next;
            }
        }
    }

    /// Makes a key the newest.
    void touch(KeyWindow window) {
        unlink(window);
        append(window);
    }

    private void append(KeyWindow window) {
        window.movedAt = epoch;
        KeyWindow last = newest;
        window.older = last;
        window.newer = null;
        if (last == null) {
            oldest = window;
        } else {
            last.newer = window;
        }
        newest = window;
        appendToOwner(window);
    }

    private static void appendToOwner(KeyWindow window) {
        TenantKeys owner = window.owner();
        KeyWindow lastOfOwner = owner.newest;
        window.olderOfOwner = lastOfOwner;
        window.newerOfOwner = null;
        if (lastOfOwner == null) {
            owner.oldest = window;
        } else {
            lastOfOwner.newerOfOwner = window;
        }
        owner.newest = window;
    }

    private void unlink(KeyWindow window) {
        KeyWindow older = window.older;
        KeyWindow newer = window.newer;
        if (older == null) {
            oldest = newer;
        } else {
            older.newer = newer;
        }
        if (newer == null) {
            newest = older;
        } else {
            newer.older = older;
        }
        TenantKeys owner = window.owner();
        KeyWindow olderOfOwner = window.olderOfOwner;
        KeyWindow newerOfOwner = window.newerOfOwner;
        if (olderOfOwner == null) {
            owner.oldest = newerOfOwner;
        } else {
            olderOfOwner.newerOfOwner = newerOfOwner;
        }
        if (newerOfOwner == null) {
            owner.newest = olderOfOwner;
        } else {
            newerOfOwner.olderOfOwner = olderOfOwner;
        }
    }

    /// Takes a key out.
    void remove(KeyWindow window) {
        unlink(window);
        int place = place(window);
        KeyWindow before = places[place];
        if (before == window) {
            places[place] = window.chained;
        } else {
            while (before != null && before.chained != window) {
                before = before.chained;
            }
            Objects.requireNonNull(before).chained = window.chained;
        }
        size--;
        TenantKeys owner = window.owner();
        if (--owner.size == 0) {
            tenants.remove(owner.tenant);
        }
        window.forget();
        if (following && window.bornAt != epoch) {
            removed.add(window.key());
            giveUpWhenTooMany();
        }
    }

    void clear() {
        forEach(KeyWindow::forget);
        places = new KeyWindow[16];
        size = 0;
        oldest = null;
        newest = null;
        tenants.clear();
        forgetChanges();
    }

    void forEach(Consumer<KeyWindow> action) {
        KeyWindow each = oldest;
        while (each != null) {
            KeyWindow next = each.newer;
            action.accept(each);
            each = next;
        }
    }

    /// Notes that a key has changed without being touched.
    void changed(KeyWindow window) {
        if (following && window.movedAt != epoch && window.changedAt != epoch) {
            window.changedAt = epoch;
            changed.add(window);
            giveUpWhenTooMany();
        }
    }

    private void giveUpWhenTooMany() {
        if (changed.size() + removed.size() > Math.max(FEWEST_CHANGES_TO_GIVE_UP, size)) {
            forgetChanges();
        }
    }

    private void forgetChanges() {
        following = false;
        changed.clear();
        removed.clear();
    }

    boolean knowsChanges() {
        return following;
    }

    boolean isUnchanged() {
        KeyWindow last = newest;
        return following && changed.isEmpty() && removed.isEmpty() && (last == null || last.movedAt != epoch);
    }

    /// Follows changes from here on.
    void saved() {
        epoch++;
        following = true;
        changed.clear();
        removed.clear();
    }

    /// Writes all keys in their order.
    void write(StateWriter out) {
        writeTenants(out);
        out.count(size);
        forEach(window -> write(out, window));
    }

    /// Writes what has changed since [#saved].
    void writeChanges(StateWriter out) {
        writeTenants(out);
        out.count(removed.size());
        for (WindowKey key : removed) {
            writeKey(out, key.high(), key.low(), key.timeline());
        }
        List<KeyWindow> inPlace = changed.stream()
                .filter(window -> !window.isGone() && window.movedAt != epoch)
                .toList();
        out.count(inPlace.size());
        inPlace.forEach(window -> write(out, window));
        int moved = 0;
        KeyWindow first = null;
        for (KeyWindow each = newest; each != null && each.movedAt == epoch; each = each.older) {
            first = each;
            moved++;
        }
        out.count(moved);
        for (KeyWindow each = first; each != null; each = each.newer) {
            write(out, each);
        }
    }

    private void writeTenants(StateWriter out) {
        out.count(tenants.size());
        int place = 0;
        for (TenantKeys each : tenants.values()) {
            each.place = place++;
            out.text(each.tenant);
        }
    }

    private void write(StateWriter out, KeyWindow window) {
        writeKey(out, window.high, window.low, window.timeline);
        out.count(window.owner().place);
        window.write(out, fresh);
    }

    private static void writeKey(StateWriter out, long high, long low, long timeline) {
        out.bits(high);
        out.bits(low);
        out.bits(timeline);
    }

    /// Makes the tenant that a key can be restored to, after those that were made before.
    void restoreTenant(String name) {
        tenants.computeIfAbsent(name, TenantKeys::new);
    }

    /// Makes room for so many keys more.
    void expect(int more) {
        int wanted = places.length;
        while (wanted < 1 << 30 && size + more >= wanted / 4 * 3) {
            wanted *= 2;
        }
        if (wanted > places.length) {
            resize(wanted);
        }
    }

    /// Adds a key that is not there and is in no order before [#restored].
    void restore(KeyWindow window, TenantKeys owner) {
        insert(window, owner);
    }

    /// Says that all keys are there that come back, and in which order: the links of all keys to one
    /// another are set.
    void restored(@Nullable KeyWindow first, @Nullable KeyWindow last) {
        oldest = first;
        newest = last;
        for (KeyWindow each = first; each != null; each = each.newer) {
            each.movedAt = epoch;
            appendToOwner(each);
        }
        tenants.values().removeIf(tenant -> tenant.size == 0);
    }
}
