package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A set of numbers that come nearly in order: the newest ones as they are, the older ones in packed blocks.
///
/// A block is written as varints, LEB128, one for each stretch of consecutive numbers: the distance to the number
/// before, times two, plus one when the stretch has more than one number, and then its length minus two.
///
/// Thread-safety: one thread.
final class SeenPositions {
    /// Numbers in a block when it is packed; up to twice as many after others were put in.
    static final int BLOCK = 512;

    /// Of each object with its place in the map.
    private static final int OVERHEAD_BYTES = 176;

    private static final int BLOCK_BYTES = 72;

    /// A part that is forgotten as a whole.
    ///
    /// @param last its largest number
    /// @param count numbers in it
    /// @param bytes memory it takes, as it is estimated
    record Part(long last, int count, long bytes) {}

    /// Packed numbers. Immutable as long as nobody writes to the bytes.
    private static final class Block {
        final long first;
        final long last;
        final int count;
        final byte[] packed;

        Block(long first, long last, int count, byte[] packed) {
            this.first = first;
            this.last = last;
            this.count = count;
            this.packed = packed;
        }

        long bytes() {
            return (long) BLOCK_BYTES + packed.length;
        }
    }

    private final List<Block> blocks = new ArrayList<>(1);
    private long[] tail = new long[4];
    private int tailCount;
    private int count;
    private long blockBytes;
    /// The block that was unpacked last: what comes again mostly comes in a row.
    private @Nullable Block open;

    private long[] unpacked = {};

    /// @return false when it is there already
    boolean add(long position) {
        boolean behindBlocks = blocks.isEmpty() || position > blocks.getLast().last;
        if (behindBlocks ? !addToTail(position) : !addToBlock(position)) {
            return false;
        }
        count++;
        return true;
    }

    private boolean addToTail(long position) {
        int at = tailCount;
        if (tailCount > 0 && position <= tail[tailCount - 1]) {
            int found = Arrays.binarySearch(tail, 0, tailCount, position);
            if (found >= 0) {
                return false;
            }
            at = -found - 1;
        }
        if (tailCount == BLOCK) {
            put(blocks.size(), tail, 0, tailCount);
            tailCount = 0;
            return position > blocks.getLast().last ? addToTail(position) : addToBlock(position);
        }
        if (tailCount == tail.length) {
            tail = Arrays.copyOf(tail, Math.min(BLOCK, tailCount * 2));
        }
        System.arraycopy(tail, at, tail, at + 1, tailCount - at);
        tail[at] = position;
        tailCount++;
        return true;
    }

    private boolean addToBlock(long position) {
        int index = blockOf(position);
        Block block = blocks.get(index);
        if (open != block) {
            unpacked = unpack(block);
            open = block;
        }
        int found = Arrays.binarySearch(unpacked, 0, block.count, position);
        if (found >= 0) {
            return false;
        }
        int at = -found - 1;
        long[] more = Arrays.copyOf(unpacked, block.count + 1);
        System.arraycopy(unpacked, at, more, at + 1, block.count - at);
        more[at] = position;
        blocks.remove(index);
        blockBytes -= block.bytes();
        open = null;
        if (more.length > 2 * BLOCK) {
            put(index, more, 0, BLOCK);
            put(index + 1, more, BLOCK, more.length);
        } else {
            put(index, more, 0, more.length);
        }
        return true;
    }

    /// The last block that begins at or before a number, or the first one.
    private int blockOf(long position) {
        int low = 0;
        int high = blocks.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (blocks.get(middle).first <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private void put(int index, long[] numbers, int from, int to) {
        Block block = pack(numbers, from, to);
        blocks.add(index, block);
        blockBytes += block.bytes();
    }

    private static Block pack(long[] numbers, int from, int to) {
        StateWriter out = new StateWriter();
        long before = numbers[from];
        int at = from;
        while (at < to) {
            int end = at + 1;
            while (end < to && numbers[end] == numbers[end - 1] + 1) {
                end++;
            }
            out.count((numbers[at] - before) << 1 | (end - at > 1 ? 1 : 0));
            if (end - at > 1) {
                out.count(end - at - 2);
            }
            before = numbers[end - 1];
            at = end;
        }
        return new Block(numbers[from], numbers[to - 1], to - from, out.toBytes());
    }

    private static long[] unpack(Block block) {
        long[] numbers = new long[block.count];
        StateReader in = new StateReader(block.packed);
        long number = block.first;
        int at = 0;
        while (at < block.count) {
            long gap = in.count();
            number += gap >>> 1;
            numbers[at++] = number;
            long more = (gap & 1) == 0 ? 0 : in.count() + 1;
            if (more > block.count - at) {
                throw new DamagedStateException("a stretch is longer than its block", at);
            }
            for (long i = 0; i < more; i++) {
                numbers[at++] = ++number;
            }
        }
        if (!in.isExhausted()) {
            throw new DamagedStateException("a block has more numbers than it says", at);
        }
        return numbers;
    }

    /// Number of numbers.
    int count() {
        return count;
    }

    /// Memory, as it is estimated.
    long bytes() {
        return OVERHEAD_BYTES + blockBytes + 8L * tail.length;
    }

    /// Shows all parts.
    void parts(Consumer<Part> to) {
        blocks.forEach(block -> to.accept(new Part(block.last, block.count, block.bytes())));
        if (tailCount > 0) {
            to.accept(new Part(tail[tailCount - 1], tailCount, OVERHEAD_BYTES + 8L * tail.length));
        }
    }

    /// Forgets the parts that end at or before a number, and what of the newest part is not behind it.
    void dropThrough(long position) {
        int gone = 0;
        while (gone < blocks.size() && blocks.get(gone).last <= position) {
            count -= blocks.get(gone).count;
            blockBytes -= blocks.get(gone).bytes();
            gone++;
        }
        blocks.subList(0, gone).clear();
        open = null;
        if (blocks.isEmpty()) {
            int found = Arrays.binarySearch(tail, 0, tailCount, position);
            int first = found >= 0 ? found + 1 : -found - 1;
            count -= first;
            tailCount -= first;
            tail = Arrays.copyOfRange(tail, first, first + Math.max(4, tailCount));
        }
    }

    void write(StateWriter out) {
        out.count(blocks.size());
        for (Block block : blocks) {
            out.count(block.first);
            out.count(block.count);
            out.blob(block.packed);
        }
        out.count(tailCount);
        long before = 0;
        for (int i = 0; i < tailCount; i++) {
            out.count(tail[i] - before);
            before = tail[i];
        }
    }

    /// What [#write] wrote.
    static SeenPositions read(StateReader in) {
        SeenPositions read = new SeenPositions();
        int blocks = in.size();
        long last = -1;
        for (int i = 0; i < blocks; i++) {
            long first = in.count();
            int count = in.smallCount();
            byte[] packed = in.blob();
            if (first <= last || count < 1 || count > 2 * BLOCK) {
                throw new DamagedStateException("blocks are not in order", i);
            }
            long[] numbers = unpack(new Block(first, first, count, packed));
            last = numbers[count - 1];
            Block block = new Block(first, last, count, packed);
            read.blocks.add(block);
            read.blockBytes += block.bytes();
            read.count += count;
        }
        int left = in.size();
        long position = 0;
        for (int i = 0; i < left; i++) {
            position += in.count();
            if (!read.add(position)) {
                throw new DamagedStateException("a number comes twice", i);
            }
        }
        return read;
    }
}
