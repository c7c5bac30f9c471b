package io.tocsin.correlator.index;

import static io.tocsin.correlator.index.TestEvents.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What is left of filters when it is known where an event comes from.
class RouterTest {
    private static final FieldReference CHANNEL = field("Channel");
    private static final FieldReference ID = field("EventID");
    private static final Filter TEXT = contains(field("CommandLine"), "x");
    private static final Filter SECURITY = same(CHANNEL, "Security");
    private static final Filter SYSTEM = same(CHANNEL, "System");

    private final FieldTable fields = new FieldTable();
    private final EventView view;
    private final Router router;

    RouterTest() {
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            filters.add(Filter.all(List.of(i % 2 == 0 ? SECURITY : SYSTEM, same(ID, "" + i % 7), TEXT)));
        }
        router = new Router(filters, fields);
        FilterIndex index = new FilterIndex(fields);
        index.add(TEXT);
        index.build();
        view = index.newEvaluation().view();
    }

    private static Filter same(FieldReference field, String text) {
        return new Filter.Test(field, new Match.Same(text, true));
    }

    private static Filter contains(FieldReference field, String text) {
        return new Filter.Test(field, new Match.Contains(text, true));
    }

    private static Filter all(Filter... parts) {
        return new Filter.All(List.of(parts));
    }

    private static Filter any(Filter... parts) {
        return new Filter.Any(List.of(parts));
    }

    private long route(String... pairs) {
        EventBatch batch = TestEvents.of(pairs);
        view.moveTo(batch, 0);
        return router.route(view);
    }

    private Filter rest(Filter filter, String... pairs) {
        return router.rest(filter, route(pairs));
    }

    @Test
    void takesTheFieldsWithWhichOneFilterInTwentyFiveBeginsMostPopularFirst() {
        assertThat(router.fields()).containsExactly(CHANNEL, ID);
        for (int often = 1; often <= 3; often++) {
            List<Filter> filters = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                filters.add(i < often ? all(Filter.not(any(SECURITY, SYSTEM)), TEXT) : TEXT);
            }
            assertThat(new Router(filters, new FieldTable()).fields())
                    .isEqualTo(often < 2 ? List.of() : List.of(CHANNEL));
        }
        List<Filter> others = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            others.add(all(any(SECURITY, TEXT), contains(CHANNEL, "y"), new Filter.Test(ID, new Match.Present())));
            others.add(all(new Filter.Test(CHANNEL, new Match.Same("Security", false)), TEXT));
            others.add(new Filter.Test(new FieldReference.AnyField(), new Match.Same("x", true)));
        }
        assertThat(new Router(others, new FieldTable()).fields()).containsExactly(ID);
    }

    @Test
    void takesSixFieldsAtMostAndNoneWithThousandsOfValues() {
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            filters.add(all(
                    same(field("a" + i % 8), "x"),
                    new Filter.Any(IntStream.range(0, 40)
                            .mapToObj(value -> same(field("many"), filters.size() + " " + value))
                            .toList())));
        }
        assertThat(new Router(filters, new FieldTable()).fields())
                .containsExactly(field("a0"), field("a1"), field("a2"), field("a3"), field("a4"), field("a5"));
        List<Filter> fewer = filters.subList(0, 50);
        assertThat(new Router(fewer, new FieldTable()).fields())
                .containsExactly(field("many"), field("a0"), field("a1"), field("a2"), field("a3"), field("a4"));
    }

    @Test
    void takesNoMoreFieldsThanARouteCanTellApart() {
        for (int last : new int[] {500, 100}) {
            List<Filter> filters = new ArrayList<>();
            for (int field = 0; field < 6; field++) {
                FieldReference name = field("f" + field);
                filters.add(new Filter.Any(IntStream.range(0, field < 5 ? 1_500 : last)
                        .mapToObj(value -> same(name, "value " + value))
                        .toList()));
            }
            // Five fields have nearly 10^16 routes. Of the sixth one a hundred values fit below 10^18.
            List<FieldReference> taken = new Router(filters, new FieldTable()).fields();
            assertThat(taken).hasSize(last == 500 ? 5 : 6).startsWith(field("f0"), field("f1"), field("f2"));
        }
    }

    @Test
    void takesFieldsOfTheSamePopularityInTheOrderOfTheirNames() {
        List<Filter> filters = new ArrayList<>();
        for (String name : List.of("d", "b", "a", "c")) {
            filters.add(all(same(field(name), "x"), TEXT));
        }
        assertThat(new Router(filters, new FieldTable()).fields())
                .containsExactly(field("a"), field("b"), field("c"), field("d"));
        // Those of a choice between several of them together, too.
        Filter together = all(any(all(SECURITY, same(ID, "1")), all(SYSTEM, same(ID, "2"))), TEXT);
        assertThat(new Router(List.of(together), new FieldTable()).fields()).containsExactly(CHANNEL, ID);
    }

    @Test
    void knowsTheValuesThatFiltersExclude() {
        FieldTable table = new FieldTable();
        Filter exclusion = all(Filter.not(any(SECURITY, Filter.not(SYSTEM))), TEXT);
        Filter other = all(Filter.not(same(CHANNEL, "Setup")), TEXT);
        Router excluding = new Router(List.of(exclusion, other), table);
        FilterIndex index = new FilterIndex(table);
        index.build();
        EventView events = index.newEvaluation().view();
        for (String channel : List.of("Security", "System", "Setup", "Else")) {
            events.moveTo(TestEvents.of("Channel", channel), 0);
            long route = excluding.route(events);
            assertThat(excluding.rest(exclusion, route)).isEqualTo(channel.equals("System") ? TEXT : Filter.FALSE);
            assertThat(excluding.rest(other, route)).isEqualTo(channel.equals("Setup") ? Filter.FALSE : TEXT);
        }
    }

    @Test
    void givesEventsOfOneKindOneRouteAndOthersAnother() {
        long security = route("Channel", "Security", "EventID", "3");
        assertThat(security).isNotNegative();
        assertThat(route("Channel", "SECURITY", "EventID", "3", "Other", "x")).isEqualTo(security);
        assertThat(route("EventID", "3", "Channel", "security", "Channel", "Security"))
                .isEqualTo(security);
        List<Long> routes = List.of(
                security,
                route("Channel", "System", "EventID", "3"),
                route("Channel", "Security", "EventID", "4"),
                route("Channel", "Security", "EventID", "99"),
                route("Channel", "Security"),
                route("Channel", "Security", "EventID", ""),
                route("EventID", "3"),
                route("Channel", "Application", "EventID", "3"),
                route("Channel", "", "EventID", "3"),
                route());
        assertThat(routes).doesNotHaveDuplicates().allMatch(each -> each >= 0);
        assertThat(route("Channel", "Setup", "EventID", "3")).isEqualTo(routes.get(7));
        assertThat(route("Channel", "Security", "EventID", "3", "EventID", "4"))
                .isEqualTo(route("Channel", "Security", "EventID", "99", "EventID", "4", "EventID", "4"))
                .isEqualTo(routes.get(5));
    }

    @Test
    void leavesOfAFilterWhatTheRouteDoesNotDecide() {
        Filter filter = all(SECURITY, TEXT);
        assertThat(rest(filter, "Channel", "Security")).isEqualTo(TEXT);
        assertThat(rest(filter, "Channel", "System")).isEqualTo(Filter.FALSE);
        assertThat(rest(filter, "Channel", "Else")).isEqualTo(Filter.FALSE);
        assertThat(rest(filter)).isEqualTo(Filter.FALSE);
        assertThat(rest(filter, "Channel", "")).isEqualTo(filter);
        assertThat(rest(filter, "Channel", "System", "Channel", "Security")).isEqualTo(filter);
        assertThat(rest(all(SECURITY, Filter.not(SYSTEM)), "Channel", "security"))
                .isEqualTo(Filter.TRUE);
        Filter other = contains(field("User"), "y");
        assertThat(rest(all(SECURITY, TEXT, other), "Channel", "Security")).isEqualTo(all(TEXT, other));
    }

    @Test
    void simplifiesChoicesAndNegations() {
        assertThat(rest(any(SECURITY, TEXT), "Channel", "Security")).isEqualTo(Filter.TRUE);
        assertThat(rest(any(SECURITY, TEXT), "Channel", "System")).isEqualTo(TEXT);
        assertThat(rest(any(SECURITY, SYSTEM), "Channel", "Else")).isEqualTo(Filter.FALSE);
        assertThat(rest(Filter.not(SECURITY), "Channel", "Security")).isEqualTo(Filter.FALSE);
        assertThat(rest(Filter.not(SECURITY), "Channel", "Else")).isEqualTo(Filter.TRUE);
        assertThat(rest(Filter.not(all(SECURITY, TEXT)), "Channel", "Security")).isEqualTo(Filter.not(TEXT));
    }

    @Test
    void decidesOnlyWhatTheValueAloneSays() {
        Filter present = new Filter.Test(CHANNEL, new Match.Present());
        assertThat(rest(present, "Channel", "Else")).isEqualTo(Filter.TRUE);
        assertThat(rest(present)).isEqualTo(Filter.FALSE);
        assertThat(rest(same(CHANNEL, ""), "Channel", "Else")).isEqualTo(Filter.FALSE);
        assertThat(rest(same(CHANNEL, ""))).isEqualTo(Filter.TRUE);
        assertThat(rest(same(CHANNEL, ""), "Channel", "")).isEqualTo(same(CHANNEL, ""));
        for (Match match : List.of(new Match.Contains("Sec", true), new Match.Same("Security", false))) {
            Filter test = new Filter.Test(CHANNEL, match);
            assertThat(rest(test, "Channel", "Security")).isEqualTo(test);
            assertThat(rest(test)).isEqualTo(Filter.FALSE);
        }
        // A value that no filter compared with when the routes were made.
        assertThat(rest(same(CHANNEL, "new"), "Channel", "new")).isEqualTo(Filter.FALSE);
        assertThat(rest(TEXT)).isEqualTo(TEXT);
    }
}
