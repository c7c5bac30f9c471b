package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Puts the keys of a table together from the pieces that were written of it, the newest piece first.
/// What a newer piece says of a key makes what older ones say of it meaningless, so no key is made
/// twice and none moves.
///
/// Thread-safety: one thread.
final class KeyTableRestore {
    /// In place of the epoch of a key whose place in the order an older piece says.
    private static final int UNPLACED = -1;

    private final KeyTable keys;
    private final FreshState fresh;
    private final Consumer<KeyWindow> made;
    /// Keys that were taken out after the pieces that are still to come.
    private final Set<WindowKey> gone = new HashSet<>();

    private boolean begun;
    private int unplaced;
    private @Nullable KeyWindow first;
    private @Nullable KeyWindow last;
    /// The keys whose place a piece says, in their order: they come before all that are placed already.
    private @Nullable KeyWindow pieceFirst;

    private @Nullable KeyWindow pieceLast;

    /// @param keys becomes empty
    /// @param made is told of each key that is there, when all is known of it but its place in the
    /// order
    KeyTableRestore(KeyTable keys, FreshState fresh, Consumer<KeyWindow> made) {
        this.keys = keys;
        this.fresh = fresh;
        this.made = made;
        keys.clear();
    }

    /// Reads a piece; each one is older than the one before.
    ///
    /// @param isChange false for the last one, which [KeyTable#write] wrote
    void read(StateReader in, boolean isChange) {
        List<KeyTable.@Nullable TenantKeys> owners = readTenants(in);
        List<WindowKey> removed = isChange ? readRemoved(in) : List.of();
        if (isChange) {
            int changed = in.size();
            for (int i = 0; i < changed; i++) {
                readKey(in, owners, false);
            }
        }
        int placed = in.size();
        keys.expect(placed);
        for (int i = 0; i < placed; i++) {
            readKey(in, owners, true);
        }
        joinPiece();
        // What went and came back in the same piece is there already.
        for (WindowKey each : removed) {
            if (keys.find(each) == null) {
                gone.add(each);
            }
        }
    }

    /// Says that all pieces were read.
    void end() {
        if (unplaced > 0) {
            throw new DamagedStateException("a key has changed that is not there", unplaced);
        }
        keys.restored(first, last);
    }

    private static List<WindowKey> readRemoved(StateReader in) {
        int count = in.size();
        List<WindowKey> removed = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            removed.add(new WindowKey(in.bits(), in.bits(), in.bits()));
        }
        return removed;
    }

    private void readKey(StateReader in, List<KeyTable.@Nullable TenantKeys> owners, boolean isPlaced) {
        long high = in.bits();
        long low = in.bits();
        long timeline = in.bits();
        int owner = in.smallCount();
        if (owner >= owners.size()) {
            throw new DamagedStateException("a key of a tenant that is not named", owner);
        }
        KeyWindow known = keys.find(high, low, timeline);
        if (known != null || (!gone.isEmpty() && gone.contains(new WindowKey(high, low, timeline)))) {
            KeyWindow.passOver(in, fresh);
            if (known != null && isPlaced && known.movedAt == UNPLACED) {
                known.movedAt = 0;
                unplaced--;
                place(known);
            }
            return;
        }
        KeyTable.TenantKeys payer = owners.get(owner);
        if (payer == null) {
            throw new DamagedStateException("a key of a tenant that has none", owner);
        }
        KeyWindow window = new KeyWindow(high, low, timeline);
        window.read(in, fresh);
        keys.restore(window, payer);
        made.accept(window);
        if (isPlaced) {
            place(window);
        } else {
            window.movedAt = UNPLACED;
            unplaced++;
        }
    }

    private void place(KeyWindow window) {
        KeyWindow before = pieceLast;
        window.older = before;
        if (before == null) {
            pieceFirst = window;
        } else {
            before.newer = window;
        }
        pieceLast = window;
    }

    private void joinPiece() {
        KeyWindow end = pieceLast;
        KeyWindow next = first;
        if (end == null) {
            return;
        }
        end.newer = next;
        if (next == null) {
            last = end;
        } else {
            next.older = end;
        }
        first = pieceFirst;
        pieceFirst = null;
        pieceLast = null;
    }

    /// The tenants of a piece; null for one that has no keys any more. They keep the order that they
    /// had when the newest piece was written, because of two with as many keys the first one pays.
    private List<KeyTable.@Nullable TenantKeys> readTenants(StateReader in) {
        int count = in.size();
        List<KeyTable.@Nullable TenantKeys> tenants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = in.text();
            if (!begun) {
                keys.restoreTenant(name);
            }
            tenants.add(keys.tenant(name));
        }
        begun = true;
        return tenants;
    }
}
