package io.tocsin.core.table;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import io.tocsin.core.http.TimeText;
import io.tocsin.core.user.Audit;
import io.tocsin.core.user.CurrentUser;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/// Lists and tables of the correlator: to look at for everybody, to change for analysts and administrators. What is
/// changed is written to the audit log.
@RestController
@RequestMapping("/api/v1/tables")
final class TableController {
    private static final int PAGE = 100;
    private static final int MAX_PAGE = 1_000;
    private static final int MAX_VALUES = 1_000;
    private static final char PART_SEPARATOR = '\u001f';
    private static final int SHOWN_KEY = 200;

    record EntryRequest(
            @NotEmpty(message = "must have at least one part")
            List<String> key,

            @Nullable Map<String, JsonNode> values,
            @Nullable TimeText at) {}

    record KeyRequest(
            @NotEmpty(message = "must have at least one part")
            List<String> key,

            @Nullable TimeText at) {}

    /// @param applied true when rules see the change already
    record Changed(boolean applied) {}

    private final TableStores tables;
    private final Audit audit;

    TableController(TableStores tables, Audit audit) {
        this.tables = tables;
        this.audit = audit;
    }

    @GetMapping
    TableStores.Overview list() {
        return tables.list();
    }

    @GetMapping("/{name}")
    TableState table(@PathVariable String name, @RequestParam(required = false) @Nullable String correlator) {
        TableState found = known(tables.having(name, correlator), name);
        return correlator == null || correlator.isEmpty() ? found : found.at(correlator);
    }

    private static TableState known(TableStore store, String name) {
        return store.list().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> ApiException.notFound("list or table"));
    }

    @GetMapping("/{name}/entries")
    Page<TableEntry> entries(
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String correlator,
            @RequestParam(defaultValue = "") String prefix,
            @RequestParam(defaultValue = "") String q,
            @RequestParam(required = false) @Nullable List<String> key,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(required = false) @Nullable Integer limit) {
        if (key != null && !key.isEmpty()) {
            TableEntry found = tables.having(name, correlator).entry(name, key);
            return Page.whole(found == null ? List.of() : List.of(found));
        }
        int most = Cursor.limit(limit, PAGE, MAX_PAGE);
        List<TableEntry> found = tables.having(name, correlator).entries(name, prefix, q, after(cursor), most + 1);
        if (found.size() <= most) {
            return Page.whole(found);
        }
        List<TableEntry> page = found.subList(0, most);
        String last = String.join(String.valueOf(PART_SEPARATOR), page.getLast().key());
        return new Page<>(
                page, Base64.getUrlEncoder().withoutPadding().encodeToString(last.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> after(@Nullable String cursor) {
        if (cursor == null || cursor.isEmpty()) {
            return List.of();
        }
        try {
            String key = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            return List.of(key.split(String.valueOf(PART_SEPARATOR), -1));
        } catch (IllegalArgumentException _) {
            throw ApiException.invalid("cursor", "is not one that this server gave out");
        }
    }

    @PutMapping("/{name}/entries")
    ResponseEntity<Changed> put(
            @AuthenticationPrincipal CurrentUser user,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String correlator,
            @Valid @RequestBody EntryRequest body) {
        return change(
                correlator,
                new TableEdit(
                        name, TableEdit.Kind.PUT, body.key(), values(body.values()), millis(body.at()), user.login()));
    }

    @PostMapping("/{name}/entries/delete")
    ResponseEntity<Changed> delete(
            @AuthenticationPrincipal CurrentUser user,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String correlator,
            @Valid @RequestBody KeyRequest body) {
        return change(
                correlator,
                new TableEdit(name, TableEdit.Kind.DELETE, body.key(), Map.of(), millis(body.at()), user.login()));
    }

    @DeleteMapping("/{name}/entries")
    ResponseEntity<Changed> clear(
            @AuthenticationPrincipal CurrentUser user,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String correlator) {
        return change(correlator, new TableEdit(name, TableEdit.Kind.CLEAR, List.of(), Map.of(), 0, user.login()));
    }

    private ResponseEntity<Changed> change(@Nullable String correlator, TableEdit edit) {
        boolean applied = tables.having(edit.table(), correlator).change(edit);
        switch (edit.kind()) {
            case CLEAR -> audit.add(edit.actor(), Audit.Action.TABLE_CLEARED, edit.table(), at(correlator));
            case DELETE ->
                audit.add(
                        edit.actor(),
                        Audit.Action.TABLE_ENTRY_DELETED,
                        edit.table(),
                        shown(edit.key()) + at(correlator));
            case PUT, SET, SUM, MERGE ->
                audit.add(
                        edit.actor(),
                        Audit.Action.TABLE_ENTRY_CHANGED,
                        edit.table(),
                        shown(edit.key()) + at(correlator));
        }
        return ResponseEntity.status(applied ? 200 : 202).body(new Changed(applied));
    }

    private static String at(@Nullable String correlator) {
        return correlator == null || correlator.isEmpty() || correlator.equals(TableStores.LOCAL)
                ? ""
                : " at " + correlator;
    }

    private static String shown(List<String> key) {
        String text = String.join(",", key);
        return text.length() > SHOWN_KEY ? text.substring(0, SHOWN_KEY) + "…" : text;
    }

    private static long millis(@Nullable TimeText at) {
        return at == null ? 0 : at.epochMillis();
    }

    private static Map<String, List<String>> values(@Nullable Map<String, JsonNode> written) {
        Map<String, List<String>> values = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each :
                Objects.requireNonNullElse(written, Map.<String, JsonNode>of()).entrySet()) {
            List<String> items = new ArrayList<>();
            if (each.getValue().isArray()) {
                each.getValue().forEach(item -> items.add(scalar(each.getKey(), item)));
            } else {
                items.add(scalar(each.getKey(), each.getValue()));
            }
            if (items.size() > MAX_VALUES) {
                throw ApiException.invalid("values", "at most " + MAX_VALUES + " values for a field here: import them");
            }
            values.put(each.getKey(), items);
        }
        return values;
    }

    private static String scalar(String field, JsonNode value) {
        if (!value.isValueNode() || value.isNull()) {
            throw ApiException.invalid("values." + field, "must be a text, a number, a flag, or a list of them");
        }
        return value.asString();
    }

    @PostMapping("/{name}/import")
    TableImport.Report importRows(
            @AuthenticationPrincipal CurrentUser user,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String correlator,
            @RequestParam(defaultValue = "csv") String format,
            @RequestParam(defaultValue = ",") String separator,
            @RequestParam(required = false) @Nullable List<String> key,
            @RequestParam(defaultValue = "false") boolean replace,
            @RequestParam(defaultValue = "false") boolean skipBad,
            HttpServletRequest request)
            throws IOException {
        TableImport.Format how = format(format);
        boolean isTab = how == TableImport.Format.TSV;
        if (!isTab && (separator.length() != 1 || "\"\r\n".contains(separator))) {
            throw ApiException.invalid("separator", "must be one character, neither a quote nor a line end");
        }
        TableImport.Report report = tables.having(name, correlator)
                .importRows(
                        name,
                        new TableImport(
                                how,
                                isTab ? '\t' : separator.charAt(0),
                                key == null ? List.of() : key,
                                replace,
                                skipBad,
                                user.login()),
                        request.getInputStream());
        audit.add(
                user.login(),
                Audit.Action.TABLE_IMPORTED,
                name,
                report.rows() + " rows" + (replace ? " in place of all others" : "") + ", " + report.refused()
                        + " refused" + at(correlator));
        return report;
    }

    @GetMapping("/{name}/export")
    void export(
            @AuthenticationPrincipal CurrentUser user,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String correlator,
            @RequestParam(defaultValue = "csv") String format,
            HttpServletResponse response)
            throws IOException {
        TableImport.Format how = format(format);
        TableStore store = tables.having(name, correlator);
        known(store, name);
        response.setContentType(
                switch (how) {
                    case CSV -> "text/csv; charset=utf-8";
                    case TSV -> "text/tab-separated-values; charset=utf-8";
                    case JSONL -> "application/x-ndjson";
                });
        response.setHeader(
                "Content-Disposition",
                "attachment; filename=\"" + name.replaceAll("[^A-Za-z0-9._-]", "_") + "."
                        + how.name().toLowerCase(java.util.Locale.ROOT) + "\"");
        audit.add(user.login(), Audit.Action.TABLE_EXPORTED, name, at(correlator));
        store.export(name, how, response.getOutputStream());
    }

    private static TableImport.Format format(String text) {
        return switch (text) {
            case "csv" -> TableImport.Format.CSV;
            case "tsv" -> TableImport.Format.TSV;
            case "jsonl" -> TableImport.Format.JSONL;
            default -> throw ApiException.invalid("format", "must be csv, tsv or jsonl");
        };
    }
}
