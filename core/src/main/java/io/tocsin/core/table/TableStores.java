package io.tocsin.core.table;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The lists and tables of all correlators of the installation: of the one in this process, and of those that run
/// alone.
///
/// Thread-safety: any thread.
public final class TableStores {
    /// The name of the correlator of this process.
    public static final String LOCAL = "local";

    private final List<Member> members;

    /// A correlator.
    ///
    /// @param name host and port where it listens
    public record Member(String name, TableStore tables) {}

    /// Whether a correlator can be asked.
    ///
    /// @param reason why not, or null
    public record Reach(
            String name, boolean reachable, @Nullable String reason) {}

    /// Tables of all, as far as they can be asked.
    ///
    /// @param next always null: a list that is whole
    public record Overview(List<TableState> items, @Nullable String next, List<Reach> correlators) {
        public Overview {
            items = List.copyOf(items);
            correlators = List.copyOf(correlators);
        }
    }

    private record Part(List<TableState> items, Reach reach) {}

    /// @param local the tables of this process
    /// @param others those of correlators that run alone
    public TableStores(TableStore local, List<Member> others) {
        members = Stream.concat(Stream.of(new Member(LOCAL, local)), others.stream())
                .toList();
    }

    /// The tables of this process.
    public TableStore local() {
        return members.getFirst().tables();
    }

    /// All tables, those of this process first. Who does not answer is named, and keeps nobody waiting for longer
    /// than its store does.
    public Overview list() {
        List<Part> parts = parts();
        return new Overview(
                parts.stream().flatMap(part -> part.items().stream()).toList(),
                null,
                parts.stream().map(Part::reach).toList());
    }

    private List<Part> parts() {
        if (members.size() == 1) {
            return List.of(part(members.getFirst()));
        }
        List<Future<Part>> asked = new ArrayList<>();
        // Closing waits for all of them.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            members.forEach(member -> asked.add(threads.submit(() -> part(member))));
        }
        return asked.stream().map(Future::resultNow).toList();
    }

    private static Part part(Member member) {
        try {
            List<TableState> items = member.tables().list().stream()
                    .map(each -> each.at(member.name()))
                    .toList();
            return new Part(items, new Reach(member.name(), true, null));
        } catch (ApiException unreachable) {
            return new Part(
                    List.of(),
                    new Reach(member.name(), false, unreachable.problem().detail()));
        }
    }

    /// The store that has a table.
    ///
    /// @param correlator its name; null for the only one that has the table, this process first
    /// @throws ApiException when there is no such correlator or table, or several have it and this process has not
    public TableStore having(String table, @Nullable String correlator) {
        if (correlator != null && !correlator.isEmpty()) {
            return members.stream()
                    .filter(each -> each.name().equals(correlator))
                    .findFirst()
                    .orElseThrow(() -> ApiException.notFound("correlator"))
                    .tables();
        }
        if (members.size() == 1 || has(local(), table)) {
            return local();
        }
        List<Part> parts = parts();
        List<String> found = parts.stream()
                .filter(part ->
                        part.items().stream().anyMatch(each -> each.name().equals(table)))
                .map(part -> part.reach().name())
                .toList();
        if (found.size() == 1) {
            return having(table, found.getFirst());
        }
        List<String> away = parts.stream()
                .map(Part::reach)
                .filter(reach -> !reach.reachable())
                .map(Reach::name)
                .toList();
        if (found.size() > 1) {
            throw problem(
                    409,
                    ErrorCode.CONFLICT,
                    "several correlators have a list of this name: say which with ?correlator= [name=" + table
                            + ", correlators=" + found + "]");
        }
        if (!away.isEmpty()) {
            throw problem(
                    503,
                    ErrorCode.PEER_UNREACHABLE,
                    "no correlator that answers has this list, and these do not answer [name=" + table
                            + ", correlators=" + away + "]");
        }
        throw ApiException.notFound("list or table");
    }

    private static boolean has(TableStore store, String table) {
        return store.list().stream().anyMatch(each -> each.name().equals(table));
    }

    private static ApiException problem(int status, ErrorCode code, String detail) {
        return new ApiException(Problem.of(status, code, detail));
    }
}
