package io.tocsin.core.response;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueType;
import io.tocsin.config.YamlWriter;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON whose texts are templates, written as a YAML tree. Values of events become parts of JSON texts and are escaped
/// as such, so none of them can change the shape. A text that is one field alone takes over the value as the event has
/// it, numbers as numbers and lists as lists; `{event}` alone is the whole event as an object.
///
/// Immutable.
record JsonTemplate(ConfigNode written, Part root) {
    static final ValueType<JsonTemplate> TYPE = ValueType.of(
            "JSON with templates as texts",
            ConfigNode.mapping().put("x-type", "template").build(),
            JsonTemplate::read,
            template -> YamlWriter.write(template.written()));

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    sealed interface Part {
        record Members(Map<String, Part> members) implements Part {
            public Members {
                members = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(members));
            }
        }

        record Items(List<Part> items) implements Part {
            public Items {
                items = List.copyOf(items);
            }
        }

        record Text(Template template) implements Part {}

        /// A number, `true`, `false` or `null`.
        record Literal(JsonNode value) implements Part {}
    }

    private static @Nullable JsonTemplate read(String name, ConfigNode node, Problems problems) {
        int before = problems.count();
        Part root = part(name, node, problems);
        return problems.count() > before || root == null ? null : new JsonTemplate(node, root);
    }

    private static @Nullable Part part(String name, ConfigNode node, Problems problems) {
        return switch (node) {
            case ConfigNode.Mapping mapping -> {
                Map<String, Part> members = new LinkedHashMap<>();
                for (ConfigNode.Entry entry : mapping.entries()) {
                    Part part = part(name, entry.value(), problems);
                    if (part != null) {
                        members.put(entry.name(), part);
                    }
                }
                yield new Part.Members(members);
            }
            case ConfigNode.Sequence sequence -> {
                List<Part> items = new ArrayList<>();
                for (ConfigNode item : sequence.items()) {
                    Part part = part(name, item, problems);
                    if (part != null) {
                        items.add(part);
                    }
                }
                yield new Part.Items(items);
            }
            case ConfigNode.Scalar scalar -> {
                JsonNode literal = scalar.quoted() ? null : literal(scalar);
                if (literal != null) {
                    yield new Part.Literal(literal);
                }
                Template template = Template.TYPE.read(name, scalar, problems);
                yield template == null ? null : new Part.Text(template);
            }
        };
    }

    private static @Nullable JsonNode literal(ConfigNode.Scalar scalar) {
        if (scalar.isNull()) {
            return JSON.nullNode();
        }
        String text = scalar.text();
        if (text.equals("true") || text.equals("false")) {
            return JSON.booleanNode(text.equals("true"));
        }
        try {
            return JSON.numberNode(Long.parseLong(text));
        } catch (NumberFormatException none) {
            return null;
        }
    }

    /// The JSON for an event.
    JsonNode json(FiredEvent event) {
        return json(root, event);
    }

    private static JsonNode json(Part part, FiredEvent event) {
        return switch (part) {
            case Part.Members members -> {
                ObjectNode object = JSON.objectNode();
                members.members().forEach((name, value) -> object.set(name, json(value, event)));
                yield object;
            }
            case Part.Items items -> {
                ArrayNode array = JSON.arrayNode();
                items.items().forEach(item -> array.add(json(item, event)));
                yield array;
            }
            case Part.Literal literal -> literal.value();
            case Part.Text text -> {
                FieldReference only = text.template().onlyField();
                if (text.template().isWholeEvent()) {
                    yield event.fields();
                }
                JsonNode value = only == null ? null : event.value(only);
                yield value != null && (value.isNumber() || value.isArray())
                        ? value
                        : JSON.stringNode(text.template().text(event));
            }
        };
    }
}
