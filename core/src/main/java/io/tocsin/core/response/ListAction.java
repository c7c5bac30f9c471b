package io.tocsin.core.response;

import io.tocsin.config.ComponentSpec;
import io.tocsin.core.http.ApiException;
import io.tocsin.core.table.TableEdit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a record of an active list or context table, by the same way as everybody else: as a change in the log that
/// the correlator reads. Nothing is written when all parts of the key are empty.
///
/// At least once: the same change made twice leaves the same record.
///
/// Immutable.
final class ListAction implements ResponseAction {
    private static final int MOST_PARTS = 16;

    static final ComponentSpec<ListAction> SPEC =
            ComponentSpec.of("active-list", "Writes a record of an active list or context table.", keys -> {
                var list = keys.text("list", "Name of the list or table.").required();
                var operation = keys.choice(
                                "operation",
                                "set writes the fields that are named, merge adds values to lists in fields, delete"
                                        + " removes the record.",
                                Operation.class)
                        .defaultTo(Operation.SET);
                var key = keys.list("key", "Parts of the key, each a template.", Template.TYPE)
                        .example("{SourceAddress}")
                        .required();
                var fields = keys.mapping(
                                "values",
                                "Fields of the record, each a template; empty ones are left out.",
                                Template.TYPE)
                        .defaultTo(Map.of());
                return values -> {
                    if (values.get(key).isEmpty() || values.get(key).size() > MOST_PARTS) {
                        values.refuse("key", "a key has 1 to " + MOST_PARTS + " parts");
                    }
                    if (values.get(operation) == Operation.DELETE
                            && !values.get(fields).isEmpty()) {
                        values.refuse("values", "a record that is removed has no values");
                    }
                    return new ListAction(values.get(list), values.get(operation), values.get(key), values.get(fields));
                };
            });

    private enum Operation {
        SET,
        MERGE,
        DELETE
    }

    private final String list;
    private final Operation operation;
    private final List<Template> key;
    private final Map<String, Template> values;

    private ListAction(String list, Operation operation, List<Template> key, Map<String, Template> values) {
        this.list = list;
        this.operation = operation;
        this.key = List.copyOf(key);
        this.values = new LinkedHashMap<>(values);
    }

    @Override
    public String kind() {
        return SPEC.id();
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public Map<String, String> rendered(FiredEvent event) {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("list", list);
        List<String> parts = key(event);
        for (int i = 0; i < parts.size(); i++) {
            shown.put("key " + (i + 1), parts.get(i));
        }
        record(event).forEach((name, value) -> shown.put("value " + name, value.getFirst()));
        return shown;
    }

    private List<String> key(FiredEvent event) {
        List<String> parts = new ArrayList<>();
        key.forEach(part -> parts.add(part.text(event)));
        return parts;
    }

    private Map<String, List<String>> record(FiredEvent event) {
        Map<String, List<String>> record = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            String text = value.text(event);
            if (!text.isEmpty()) {
                record.put(name, List.of(text));
            }
        });
        return record;
    }

    @Override
    public String trouble(RunSite site) {
        try {
            return site.tables().list().stream().anyMatch(table -> table.name().equals(list))
                    ? ""
                    : "there is no such list or table [list=" + list + "]";
        } catch (ApiException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public RunResult run(FiredEvent event, RunSite site) {
        List<String> parts = key(event);
        if (parts.stream().allMatch(String::isEmpty)) {
            return RunResult.failed("nothing was written: the event has nothing for the key", "");
        }
        TableEdit.Kind kind = switch (operation) {
            case SET -> TableEdit.Kind.SET;
            case MERGE -> TableEdit.Kind.MERGE;
            case DELETE -> TableEdit.Kind.DELETE;
        };
        String record = "[list=" + list + ", key=" + Template.cut(parts.toString(), 200) + "]";
        try {
            boolean seen = site.tables()
                    .change(new TableEdit(list, kind, parts, record(event), 0, "response:" + event.response()));
            return RunResult.done(
                    (seen ? "rules see it " : "rules see it when the correlator has come so far ") + record, "");
        } catch (ApiException e) {
            String reason = "not written: " + e.getMessage() + " " + record;
            return e.problem().status() / 100 == 4 && e.problem().status() != 429
                    ? RunResult.failed(reason, "")
                    : RunResult.later(reason);
        }
    }
}
