package io.tocsin.correlator.window;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.Arrays;

/// Event time as the stream shows it: one common timeline and, for sources whose clock is apart, one each.
///
/// The common timeline stands at the latest event time seen, but an event moves it no further than to its own
/// reception: a clock that runs ahead, by seconds or by years, must not make everybody else late.
/// An event belongs to the common timeline when it is not further behind it than the rule's lateness and no more than
/// [#FUTURE_MILLIS] ahead of its own reception, otherwise to the timeline of its source, which stands at the latest
/// event time of that source. So a source with a wrong clock is correlated on its own time and disturbs nobody; a
/// source that is silent holds nothing up, because no timeline waits for anyone.
///
/// Thread-safety: one thread.
public final class Timelines {
    /// How far an event's time may be ahead of its reception and still be believed.
    public static final long FUTURE_MILLIS = 60_000;

    /// Most sources told apart; beyond, sources share places, which makes some of their events late.
    static final int MAXIMUM_SOURCES = 1 << 16;

    private final boolean receptionIsKnown;
    private long commonMillis = Long.MIN_VALUE;
    private long receivedMillis = Long.MIN_VALUE;

    /// Open addressing by source; a source of 0 marks an empty place.
    private long[] sources = new long[64];

    private long[] latestMillis = new long[64];
    private int sourceCount;

    /// @param receptionIsKnown false when reception times mean nothing, as for events read from old files
    public Timelines(boolean receptionIsKnown) {
        this.receptionIsKnown = receptionIsKnown;
    }

    /// Sees an event, whether a rule wants it or not.
    ///
    /// @param source hash of where the event comes from
    public void advance(long source, long eventMillis, long eventReceivedMillis) {
        if (eventReceivedMillis > receivedMillis) {
            receivedMillis = eventReceivedMillis;
        }
        long believed = receptionIsKnown ? Math.min(eventMillis, eventReceivedMillis) : eventMillis;
        if (believed > commonMillis) {
            commonMillis = believed;
        }
        int place = place(source == 0 ? 1 : source);
        if (eventMillis > latestMillis[place]) {
            latestMillis[place] = eventMillis;
        }
    }

    /// Sees all that another one has seen.
    public void absorb(Timelines other) {
        commonMillis = Math.max(commonMillis, other.commonMillis);
        receivedMillis = Math.max(receivedMillis, other.receivedMillis);
        for (int i = 0; i < other.sources.length; i++) {
            if (other.sources[i] != 0) {
                int place = place(other.sources[i]);
                latestMillis[place] = Math.max(latestMillis[place], other.latestMillis[i]);
            }
        }
    }

    /// The timeline of an event that [#advance] has seen: 0 for the common one, else the source.
    public long timelineOf(long source, long eventMillis, long eventReceivedMillis, long latenessMillis) {
        boolean isCommon = commonMillis != Long.MIN_VALUE
                && eventMillis >= commonMillis - latenessMillis
                && !isAhead(eventMillis, eventReceivedMillis);
        return isCommon ? 0 : source == 0 ? 1 : source;
    }

    /// Where a timeline stands, less the lateness: nothing before it is taken any more.
    public long watermark(long timeline, long latenessMillis) {
        int place = timeline == 0 ? 0 : place(timeline);
        long latest = timeline == 0 ? commonMillis : latestMillis[place];
        return latest == Long.MIN_VALUE ? latest : latest - latenessMillis;
    }

    /// Latest reception time seen, or [Long#MIN_VALUE] when it means nothing; milliseconds since the epoch.
    public long receivedMillis() {
        return receptionIsKnown ? receivedMillis : 0;
    }

    private boolean isAhead(long eventMillis, long eventReceivedMillis) {
        return receptionIsKnown && eventMillis > eventReceivedMillis + FUTURE_MILLIS;
    }

    private int place(long source) {
        int mask = sources.length - 1;
        int place = (int) (source ^ (source >>> 32)) & mask;
        while (sources[place] != source) {
            if (sources[place] == 0) {
                if (sourceCount >= MAXIMUM_SOURCES) {
                    return firstTaken(place);
                }
                if (sourceCount * 2 >= sources.length) {
                    grow();
                    return place(source);
                }
                sources[place] = source;
                latestMillis[place] = Long.MIN_VALUE;
                sourceCount++;
                return place;
            }
            place = (place + 1) & mask;
        }
        return place;
    }

    private int firstTaken(int from) {
        int place = from;
        while (sources[place] == 0) {
            place = (place + 1) & (sources.length - 1);
        }
        return place;
    }

    private void grow() {
        long[] oldSources = sources;
        long[] oldLatest = latestMillis;
        sources = new long[oldSources.length * 2];
        latestMillis = new long[oldSources.length * 2];
        Arrays.fill(latestMillis, Long.MIN_VALUE);
        sourceCount = 0;
        for (int i = 0; i < oldSources.length; i++) {
            if (oldSources[i] != 0) {
                int place = place(oldSources[i]);
                latestMillis[place] = oldLatest[i];
            }
        }
    }

    public void write(StateWriter out) {
        out.number(commonMillis);
        out.number(receivedMillis);
        out.count(sourceCount);
        for (int i = 0; i < sources.length; i++) {
            if (sources[i] != 0) {
                out.bits(sources[i]);
                out.number(latestMillis[i]);
            }
        }
    }

    public static Timelines read(StateReader in, boolean receptionIsKnown) {
        Timelines timelines = new Timelines(receptionIsKnown);
        timelines.commonMillis = in.number();
        timelines.receivedMillis = in.number();
        int size = in.size();
        for (int i = 0; i < size; i++) {
            long source = in.bits();
            long latest = in.number();
            // The place first: finding it may replace the array.
            int place = timelines.place(source);
            timelines.latestMillis[place] = latest;
        }
        return timelines;
    }
}
