package io.tocsin.storage.search;

import io.tocsin.storage.embedded.Engine;
import io.tocsin.storage.embedded.EngineException;
import io.tocsin.storage.embedded.Session;
import io.tocsin.storage.store.Tables;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs searches: as many at the same time as there are slots, each in a reader session of its own, so that no
/// setting and no byte of one search can reach another.
///
/// Thread-safety: any thread.
public final class Searcher {
    private final Engine engine;
    private final QueryGuard guard;
    private final Semaphore slots;
    private final long queueMillis;
    private final long memoryBytes;

    private Searcher(Engine engine, QueryGuard guard, int slots, long queueMillis, long memoryBytes) {
        this.engine = engine;
        this.guard = guard;
        this.slots = new Semaphore(slots, true);
        this.queueMillis = queueMillis;
        this.memoryBytes = memoryBytes;
    }

    /// @param slots searches that may run at the same time
    /// @param queueMillis how long a search waits for a slot before it is sent away
    /// @param memoryBytes memory limit of one search
    public static Searcher open(Engine engine, int slots, long queueMillis, long memoryBytes) {
        try (Session session = engine.administrator()) {
            return new Searcher(engine, new QueryGuard(AllowedFunctions.of(session)), slots, queueMillis, memoryBytes);
        }
    }

    /// Checks and starts a search. Close the answer.
    ///
    /// @throws SearchException when the text is refused, the engine finds a fault in it, or too many searches run
    /// @throws InterruptedException when interrupted while waiting for a slot
    public Answer search(Search search) throws InterruptedException {
        if (!slots.tryAcquire(queueMillis, TimeUnit.MILLISECONDS)) {
            throw SearchException.busy();
        }
        Session session = null;
        boolean started = false;
        try {
            session = engine.reader();
            limitParsing(session);
            String canonical = guard.check(session, search);
            limit(session, search);
            Answer answer = Answer.start(search, canonical, session, slots);
            started = true;
            return answer;
        } finally {
            if (!started) {
                release(session);
            }
        }
    }

    private void release(@Nullable Session session) {
        try {
            if (session != null) {
                session.close();
            }
        } finally {
            slots.release();
        }
    }

    /// What holds while the text is checked: parsing is cut short when it is deep or slow.
    private static void limitParsing(Session session) {
        session.execute(
                "SET asterisk_include_alias_columns = 1, max_query_size = 1048576, max_parser_depth = 300, max_parser_backtracks = 100000,"
                        + " max_ast_depth = 300, max_ast_elements = 20000, max_expanded_ast_elements = 100000,"
                        + " max_execution_time = 10");
    }

    private void limit(Session session, Search search) {
        StringBuilder settings = new StringBuilder("SET limit = ")
                .append(search.maxRows() + 1)
                .append(", max_execution_time = ")
                .append(search.maxSeconds())
                .append(", timeout_overflow_mode = 'throw', max_memory_usage = ")
                .append(memoryBytes)
                .append(", max_bytes_before_external_group_by = 0, max_bytes_before_external_sort = 0")
                .append(", max_bytes_ratio_before_external_group_by = 0, max_bytes_ratio_before_external_sort = 0")
                .append(", date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0")
                .append(", output_format_json_validate_utf8 = 1, output_format_json_quote_denormals = 0")
                .append(", output_format_json_escape_forward_slashes = 0");
        String events = range("Timestamp", search);
        if (!events.isEmpty()) {
            settings.append(", additional_table_filters = {'")
                    .append(Tables.DATABASE)
                    .append(".events': '")
                    .append(events)
                    .append("', '")
                    .append(Tables.DATABASE)
                    .append(".ledger': '")
                    .append(range("Minute", search))
                    .append("'}");
        }
        try {
            session.execute(settings.toString());
        } catch (EngineException e) {
            throw new IllegalStateException("BUG: the limits of a search were refused: " + e.getMessage(), e);
        }
    }

    private static String range(String column, Search search) {
        StringBuilder filter = new StringBuilder();
        if (search.fromMillis() != null) {
            filter.append(column)
                    .append(" >= fromUnixTimestamp64Milli(toInt64(")
                    .append(search.fromMillis())
                    .append("), \\'UTC\\')");
        }
        if (search.toMillis() != null) {
            filter.append(filter.isEmpty() ? "" : " AND ")
                    .append(column)
                    .append(" < fromUnixTimestamp64Milli(toInt64(")
                    .append(search.toMillis())
                    .append("), \\'UTC\\')");
        }
        return filter.toString();
    }
}
