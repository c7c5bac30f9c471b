package io.tocsin.event;

import java.util.Arrays;

/// Finds numbered things again by their hash: numbers with the same place in the table form a chain, newest first.
/// The things themselves, and what makes two of them equal, stay with the owner.
///
/// ```java
/// for (int i = chains.first(hash); i >= 0; i = chains.next(i)) {
///     if (things.get(i).equals(wanted)) { return i; }
/// }
/// chains.add(hash);
/// ```
///
/// The table is at least as long as there are numbers, so that chains stay short however many there are.
///
/// Thread-safety: one thread at a time.
final class HashChains {
    private static final int FIRST_PLACES = 16;

    /// The newest number of each place, plus 1.
    private int[] newest = new int[FIRST_PLACES];
    /// The next older number of the same place, plus 1.
    private int[] older = new int[FIRST_PLACES];
    private int[] hashes = new int[FIRST_PLACES];
    private int count;

    /// The first number to look at, -1 when there is none.
    int first(int hash) {
        return newest[place(hash)] - 1;
    }

    /// The number to look at after this one, -1 when there is none.
    int next(int number) {
        return older[number] - 1;
    }

    /// Gives the next number to a hash.
    void add(int hash) {
        if (count == newest.length) {
            grow();
        }
        hashes[count] = hash;
        link(count++);
    }

    private void link(int number) {
        int place = place(hashes[number]);
        older[number] = newest[place];
        newest[place] = number + 1;
    }

    private void grow() {
        hashes = Arrays.copyOf(hashes, count * 2);
        older = Arrays.copyOf(older, count * 2);
        newest = new int[count * 2];
        for (int i = 0; i < count; i++) {
            link(i);
        }
    }

    /// Forgets the numbers from this one on.
    void cutTo(int numbers) {
        while (count > numbers) {
            count--;
            newest[place(hashes[count])] = older[count];
        }
    }

    void clear() {
        cutTo(0);
    }

    private int place(int hash) {
        // What differs between senders may be in any bits.
        return (hash * 0x9E3779B9) >>> (Integer.numberOfLeadingZeros(newest.length) + 1);
    }
}
