package io.tocsin.correlator.load;

import static io.tocsin.correlator.load.SigmaFiring.fire;
import static io.tocsin.correlator.load.SigmaFiring.refusals;
import static io.tocsin.correlator.load.SigmaFiring.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.expression.FieldReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What each transformation of a processing pipeline does to a rule.
final class SigmaPipelineTest {
    private static final String SELECTION = "selection:\n  %s\ncondition: selection\n";

    /// A pipeline of these items, before a rule with this line.
    private static String piped(String items, String line) {
        return pipeline(items) + rule("one", SELECTION.formatted(line));
    }

    private static String pipeline(String items) {
        return "name: test\npriority: 10\ntransformations:\n" + items.indent(2) + "---\n";
    }

    private static void fires(String text, String... namesAndValues) {
        assertThat(fire(text, namesAndValues)).as(text).containsExactly("one");
    }

    private static void staysSilent(String text, String... namesAndValues) {
        assertThat(fire(text, namesAndValues)).as(text).isEmpty();
    }

    @Test
    void givesAFieldOneOtherNameOrSeveral() {
        String one =
                piped("- type: field_name_mapping\n  mapping: {CommandLine: process.command_line}", "CommandLine: x");
        fires(one, "process.command_line", "x");
        staysSilent(one, "CommandLine", "x");
        String several = piped(
                "- type: field_name_mapping\n  mapping:\n    CommandLine: [line, cmd]", "CommandLine|contains: x");
        fires(several, "line", "axb");
        fires(several, "cmd", "axb");
        staysSilent(several, "CommandLine", "axb");
        String compared = piped("- type: field_name_mapping\n  mapping: {b: c}", "a|fieldref: b");
        fires(compared, "a", "1", "c", "1");
        staysSilent(compared, "a", "1", "b", "1");
        String keyword = piped("- type: field_name_mapping\n  mapping: {'null': message}", "'': whoami");
        fires(keyword, "message", "run whoami now");
        staysSilent(keyword, "other", "run whoami now");
    }

    @Test
    void asksForAbsenceInEveryFieldThatOneMayBe() {
        String mapping = "- type: field_name_mapping\n  mapping:\n    User: [a, b]";
        String absent = piped(mapping, "User: null\n  c: 1");
        fires(absent, "c", "1");
        staysSilent(absent, "c", "1", "a", "root");
        staysSilent(absent, "c", "1", "b", "root");
        String missing = piped(mapping, "User|exists: false\n  c: 1");
        fires(missing, "c", "1");
        staysSilent(missing, "c", "1", "b", "root");
        String either = piped(mapping, "User: [null, root]\n  c: 1");
        fires(either, "c", "1");
        fires(either, "c", "1", "b", "root");
        staysSilent(either, "c", "1", "b", "anna");
        String other = piped(mapping, "User|neq: root\n  c: 1");
        fires(other, "c", "1", "a", "anna");
        staysSilent(other, "c", "1", "a", "anna", "b", "root");
    }

    @Test
    void changesBeginningsAndEndsOfNames() {
        String prefixes = piped(
                "- type: field_name_prefix_mapping\n  mapping: {win.: [event., log.]}", "win.user: x\n  other: y");
        fires(prefixes, "event.user", "x", "other", "y");
        fires(prefixes, "log.user", "x", "other", "y");
        fires(piped("- {type: field_name_prefix, prefix: win.}", "a: x"), "win.a", "x");
        fires(piped("- {type: field_name_suffix, suffix: .keyword}", "a: x"), "a.keyword", "x");
        fires(piped("- {type: field_name_prefix, prefix: win.}", "'': whoami"), "any", "so whoami");
    }

    @Test
    void namesOurFieldsAndThoseThatShippedMappingsKnow() {
        String pipeline = pipeline("- type: field_name_mapping\n  mapping: {who: SourceUserName, what: c-ip}");
        LoadedRules loaded = RuleLoader.read(
                "rules",
                pipeline
                        + "title: t\nid: one\nlogsource: {category: webserver}\nfields: [who]\ndetection:\n"
                        + "  selection: {who: a, what: b}\n  condition: selection\n",
                SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        Rule rule = loaded.rules().getFirst();
        assertThat(rule.propagated()).extracting(FieldReference::name).containsExactly("SourceUserName");
        assertThat(rule.selectors().getFirst().filter().toString()).contains("SOURCE_USER_NAME", "SOURCE_ADDRESS");
    }

    @Test
    void addsConditionsFromTheLogSource() {
        String added = "- type: add_condition\n  conditions: {index: '$category-events', 'kind|startswith': ev}\n"
                + "  template: true";
        fires(piped(added, "a: x"), "a", "x", "index", "test-events", "kind", "event");
        staysSilent(piped(added, "a: x"), "a", "x", "index", "test-events");
        String negated = "- {type: add_condition, conditions: {host: lab}, negated: true}";
        fires(piped(negated, "a: x"), "a", "x", "host", "office");
        staysSilent(piped(negated, "a: x"), "a", "x", "host", "lab");
        // What was added is worked on as well, and old aggregations keep their form.
        String renamed = added + "\n- {type: field_name_prefix, prefix: e.}";
        fires(piped(renamed, "a: x"), "e.a", "x", "e.index", "test-events", "e.kind", "event");
        String counting = pipeline(added) + rule("one", "selection: {a: x}\ncondition: selection | count() > 0\n");
        fires(counting, "a", "x", "index", "test-events", "kind", "event");
        staysSilent(counting, "a", "x");
    }

    @Test
    void changesLogSources() {
        String text = pipeline("""
                        - {type: change_logsource, product: windows, service: security}
                        - type: field_name_mapping
                          mapping: {a: b}
                          rule_conditions: [{type: logsource, product: windows}]""") + rule("one", SELECTION.formatted("a: x"));
        fires(text, "b", "x", "Channel", "Security", "EventID", "1");
        staysSilent(text, "b", "x", "Channel", "System", "EventID", "1");
    }

    @Test
    void takesLinesAway() {
        String drop = "- type: drop_detection_item\n  field_name_conditions: [{type: include_fields, fields: [noise]}]";
        fires(piped(drop, "a: x\n  noise: y"), "a", "x");
        // A selection of which nothing is left counts as if nobody spoke of it.
        String gone = pipeline(drop) + rule("one", "s: {a: x}\nf: {noise: y}\ncondition: s and not f\n");
        fires(gone, "a", "x");
        fires(gone, "a", "x", "noise", "y");
        String or = pipeline(drop) + rule("one", "s: {a: x}\nf: {noise: y}\ncondition: s or f\n");
        staysSilent(or, "noise", "y");
        assertThat(refusals(piped(drop, "noise: y"))).singleElement().asString().contains("leave nothing");
    }

    @Test
    void replacesPartsOfTexts() {
        String paths = "- {type: replace_string, regex: '^C:\\\\(\\w+)', replacement: '/mnt/c/\\1'}";
        fires(piped(paths, "Image: 'C:\\Windows\\a.exe'"), "Image", "/mnt/c/Windows\\a.exe");
        String named = "- {type: replace_string, regex: '(?P<a>x+)', replacement: '<\\g<a>>\\g<1>'}";
        fires(piped(named, "a: bxxb"), "a", "b<xx>xxb");
        // Wildcards of modifiers are part of the text, unless only what is between them counts.
        String ends = "- {type: replace_string, regex: '\\*$', replacement: '.exe'}";
        fires(piped(ends, "a|startswith: cmd"), "a", "cmd.exe");
        staysSilent(piped(ends, "a|startswith: cmd"), "a", "cmd.exe /c");
        String between = "- {type: replace_string, regex: '^', replacement: '>', skip_special: true}";
        fires(piped(between, "a|contains: cmd"), "a", "x>cmd x");
        String wild = "- {type: replace_string, regex: 'q', replacement: '*', skip_special: true%s}";
        fires(piped(wild.formatted(""), "a: xqy"), "a", "x*y");
        staysSilent(piped(wild.formatted(""), "a: xqy"), "a", "x-y");
        fires(piped(wild.formatted(", interpret_special: true"), "a: xqy"), "a", "x-y");
        // Expressions are no texts.
        fires(piped("- {type: replace_string, regex: a, replacement: b}", "f|re: ^a+$"), "f", "aaa");
        // Backslashes stay what they are.
        fires(
                piped("- {type: replace_string, regex: share, replacement: disk}", "f: '\\\\\\\\host\\share\\\\*'"),
                "f",
                "\\\\host\\disk\\file");
    }

    @Test
    void mapsTexts() {
        String mapping = "- type: map_string\n  mapping: {low: '1', high: [8, 'nin*'], '*part*': whole}";
        fires(piped(mapping, "a: low"), "a", "1");
        fires(piped(mapping, "a: [high, x]"), "a", "nine");
        fires(piped(mapping, "a: [high, x]"), "a", "x");
        fires(piped(mapping, "a|contains: part"), "a", "whole");
        staysSilent(piped(mapping, "a|contains: part"), "a", "apart");
    }

    @Test
    void fillsPlaceholders() {
        String text = """
                name: t
                vars:
                  admins: [anna, 'adm_*']
                  site: berlin
                transformations:
                - {type: value_placeholders, exclude: [rest]}
                - {type: wildcard_placeholders, include: [rest]}
                ---
                """;
        String names = text + rule("one", SELECTION.formatted("a|expand: '%admins%.%site%'"));
        fires(names, "a", "anna.berlin");
        fires(names, "a", "adm_7.berlin");
        staysSilent(names, "a", "eve.berlin");
        String rest = text + rule("one", SELECTION.formatted("a|contains|expand: 'x%rest%y'"));
        fires(rest, "a", "ax-yb");
        staysSilent(rest, "a", "a-yb");
        assertThat(refusals(text + rule("one", SELECTION.formatted("a|expand: '%unknown%'"))))
                .singleElement()
                .asString()
                .contains("placeholder=unknown");
    }

    @Test
    void setsAndConvertsValues() {
        String set = "- type: set_value\n  value: 7\n  field_name_conditions: [{type: include_fields, fields: [a]}]";
        fires(piped(set, "a|re: x+\n  b: y"), "a", "7", "b", "y");
        fires(piped(set.replace("7", "null"), "a: x\n  b: y"), "b", "y");
        String number = "- {type: convert_type, target_type: num}";
        fires(piped(number, "a: '5'"), "a", "5");
        assertThat(refusals(piped(number, "a: five")))
                .singleElement()
                .asString()
                .contains("wants a number");
        fires(piped("- {type: convert_type, target_type: str}", "a: 5"), "a", "5");
        assertThat(refusals(piped("- {type: set_value, value: x, force_type: num}", "a: 1")))
                .singleElement()
                .asString()
                .contains("no number");
    }

    @Test
    void heedsCaseOnlyWhenAPipelineSaysSo() {
        fires(piped("- {type: regex, method: ignore_case_flag}", "a: Cmd"), "a", "cmd");
        staysSilent(piped("- {type: regex, method: plain}", "a: Cmd"), "a", "cmd");
        fires(piped("- {type: regex, method: plain}", "a: Cmd"), "a", "Cmd");
        fires(piped("- {type: case, method: upper}", "a|cased|contains: Cmd"), "a", "x CMD");
        fires(piped("- {type: case, method: lower}", "a|cased: Cmd"), "a", "cmd");
        fires(piped("- {type: case, method: snake_case}", "a|cased: LogonTypeID"), "a", "logon_type_id");
    }

    @Test
    void dividesHashesByTheirKind() {
        String hashes = "- {type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: File}";
        String md5 = "0123456789abcdef0123456789abcdef";
        String both = piped(hashes, "Hashes|contains: ['MD5=" + md5 + "', 'SHA1=aa', 'IMPHASH=bb']");
        fires(both, "FileMD5", md5);
        fires(both, "FileSHA1", "aa");
        fires(both, "Hashes", "MD5=x,IMPHASH=bb");
        staysSilent(both, "FileSHA1", "ab");
        fires(piped(hashes, "Hashes: " + md5), "FileMD5", md5);
        fires(piped(hashes.replace("}", ", drop_algo_prefix: true}"), "Hashes: " + md5), "File", md5);
        assertThat(refusals(piped(hashes, "Hashes: none")))
                .singleElement()
                .asString()
                .contains("wants a hash");
    }

    @Test
    void refusesRulesAndLinesWithTheReason() {
        String ruleFailure = "- type: rule_failure\n  message: not ours\n"
                + "  rule_conditions: [{type: logsource, category: test}]";
        assertThat(refusals(piped(ruleFailure, "a: x"))).containsExactly("8: a pipeline refuses this rule: not ours");
        String lineFailure = "- type: detection_item_failure\n  message: no such value\n"
                + "  detection_item_conditions: [{type: match_string, cond: any, pattern: bad}]";
        assertThat(refusals(piped(lineFailure, "a: x\n  b: [good, badly]")))
                .containsExactly("14: a pipeline refuses this line: no such value [field=b]");
        fires(piped(lineFailure, "a: so bad"), "a", "so bad");
    }

    @Test
    void remembersStateAndAttributes() {
        String state = """
                - {type: set_state, key: model, val: 3, rule_conditions: [{type: tag, tag: attack.t1059}]}
                - type: field_name_prefix
                  prefix: p.
                  rule_conditions: [{type: processing_state, key: model, val: 2, op: gt}]
                """;
        fires(piped(state, "a: x"), "a", "x");
        fires(piped(state, "a: x").replace("id: one", "id: one\ntags: [attack.t1059]"), "p.a", "x");
        String attribute = """
                - {type: set_custom_attribute, attribute: origin, value: lab}
                - type: field_name_suffix
                  suffix: .s
                  rule_conditions:
                  - {type: rule_attribute, attribute: origin, value: lab}
                  - {type: rule_attribute, attribute: level, value: medium, op: gte}
                """;
        fires(piped(attribute, "a: x").replace("id: one", "id: one\nlevel: high"), "a.s", "x");
        fires(piped(attribute, "a: x").replace("id: one", "id: one\nlevel: low"), "a", "x");
    }

    @Test
    void changesTheFieldsThatFindingsShow() {
        String items = """
                - {type: add_field, field: [more, gone]}
                - {type: remove_field, field: gone}
                - type: field_name_mapping
                  mapping: {more: [x, y]}
                """;
        LoadedRules loaded = RuleLoader.read(
                "rules", piped(items, "a: x").replace("id: one", "id: one\nfields: [a]"), SigmaTaxonomy.raw());
        assertThat(loaded.rules().getFirst().propagated())
                .extracting(FieldReference::name)
                .containsExactly("Extra.a", "Extra.x", "Extra.y");
        LoadedRules set =
                RuleLoader.read("rules", piped("- {type: set_field, fields: [z]}", "a: x"), SigmaTaxonomy.raw());
        assertThat(set.rules().getFirst().propagated())
                .extracting(FieldReference::name)
                .containsExactly("Extra.z");
    }

    @Test
    void nestsItemsUnderOneCondition() {
        String nest = """
                - type: nest
                  rule_conditions: [{type: contains_field, field: a}]
                  items:
                  - {id: inner, type: field_name_prefix, prefix: n.}
                - type: field_name_suffix
                  suffix: .s
                  field_name_conditions: [{type: processing_item_applied, processing_item_id: inner}]
                """;
        fires(piped(nest, "a: x"), "n.a.s", "x");
        fires(piped(nest, "b: x"), "b", "x");
    }

    @Test
    void joinsConditionsByOperatorExpressionAndNegation() {
        String item = "- type: field_name_prefix\n  prefix: p.\n  rule_conditions:\n";
        String list = """
                  - {type: contains_detection_item, field: a, value: x}
                  - {type: contains_detection_item, field: b, value: 5}
                """;
        fires(piped(item + list, "a: x"), "a", "x");
        fires(piped(item + list, "a: x\n  b: 5"), "p.a", "x", "p.b", "5");
        fires(piped(item + list + "  rule_cond_op: or", "a: x"), "p.a", "x");
        fires(piped(item + list + "  rule_cond_op: or\n  rule_cond_not: true", "c: x"), "p.c", "x");
        String named = item + "    one: {type: contains_field, field: a}\n    two: {type: contains_field, field: b}\n"
                + "    corr: {type: is_sigma_correlation_rule}\n"
                + "  rule_cond_expr: not corr and (one or two) and not (one and two)";
        fires(piped(named, "a: x"), "p.a", "x");
        fires(piped(named, "a: x\n  b: y"), "a", "x", "b", "y");
    }

    @Test
    void choosesLinesByTheirValues() {
        String item = "- type: field_name_prefix\n  prefix: p.\n  detection_item_conditions: [%s]";
        String any = item.formatted("{type: match_string, cond: any, pattern: '.*cmd'}");
        fires(piped(any, "a: [x.cmd, y]\n  b: y"), "p.a", "y", "b", "y");
        String all = item.formatted("{type: match_string, cond: all, pattern: '.*cmd', negate: true}");
        fires(piped(all, "a: [x.cmd, y]\n  b: y"), "a", "y", "p.b", "y");
        fires(piped(item.formatted("{type: is_null, cond: all}"), "a: null\n  b: y"), "b", "y", "a", "");
        fires(
                piped(item.formatted("{type: contains_wildcard, cond: any}"), "a|contains: x\n  b: y"),
                "p.a",
                "x",
                "b",
                "y");
        fires(
                piped(item.formatted("{type: match_value, cond: any, value: 5}"), "a: 5\n  b: '5'"),
                "p.a",
                "5",
                "b",
                "5");
        String applied = "- {id: first, type: case, method: upper, field_name_conditions:"
                + " [{type: include_fields, mode: re, fields: ['a.*z']}]}\n"
                + item.formatted("{type: processing_item_applied, processing_item_id: first}");
        fires(piped(applied, "abz: x\n  b: y"), "p.abz", "x", "b", "y");
    }

    @Test
    void worksInTheOrderOfPriorities() {
        String late = "name: late\npriority: 20\ntransformations: [{type: field_name_suffix, suffix: .late}]\n---\n";
        String early = "name: early\npriority: 10\ntransformations: [{type: field_name_suffix, suffix: .early}]\n---\n";
        String text = late + early + rule("one", SELECTION.formatted("a: x"));
        fires(text, "a.early.late", "x");
        String same = late + early.replace("10", "20") + rule("one", SELECTION.formatted("a: x"));
        fires(same, "a.late.early", "x");
    }

    @Test
    void worksOnFiltersAndCorrelationsOfARule() {
        String text = pipeline("- type: field_name_mapping\n  mapping: {user: u, host: h}\n"
                        + "  rule_conditions: [{type: logsource, category: test}]")
                + rule("one", SELECTION.formatted("user: x")) + """
                ---
                title: no lab
                logsource: {category: test}
                filter: {rules: [one], sel: {host: lab}, condition: not sel}
                ---
                title: many
                id: many
                correlation:
                  type: value_count
                  rules: [one]
                  group-by: [who]
                  aliases: {who: {one: user}}
                  timespan: 1m
                  generate: true
                  condition: {field: host, gte: 1}
                """;
        assertThat(fire(text, "u", "x", "h", "office")).containsExactlyInAnyOrder("one", "many");
        assertThat(fire(text, "u", "x", "h", "lab")).isEmpty();
        String several = text.replace("host: h}", "host: [h, i]}");
        assertThat(refusals(several)).singleElement().asString().contains("can have one field here");
    }

    @Test
    void passesOverWhatWorksOnQueries() {
        String text = "name: t\nallowed_backends: [x]\npostprocessing: [{type: embed}]\nfinalizers: [{type: json}]\n"
                + "---\n" + rule("one", SELECTION.formatted("a: x"));
        LoadedRules loaded = RuleLoader.read("rules", text, SigmaTaxonomy.raw());
        assertThat(loaded.rules()).hasSize(1);
        assertThat(loaded.notes()).extracting(RuleFailure::line).containsExactly(3, 4);
        assertThat(loaded.notes()).allMatch(note -> note.reason().contains("passed over"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- {type: query_expression_placeholders, expression: x}|cannot be used here",
                "- {type: field_name_transform}|cannot be used here",
                "- {type: field_name_maping, mapping: {a: b}}|did you mean field_name_mapping?",
                "- {type: field_name_mapping, maping: {a: b}}|did you mean mapping?",
                "- {type: field_name_mapping, mapping: {a: []}}|nothing to put in its place",
                "- {type: case, method: title}|method=title",
                "- {type: replace_string, regex: '(?<=a)b', replacement: c}|not a regular expression",
                "- {type: replace_string, regex: 'a', replacement: '\\3'}|no such group",
                "- {type: nest, items: {}}|list of transformations",
                "- {type: change_logsource}|log source is empty",
                "- {type: case, rule_conditions: [{type: logsource}]}|log source is empty",
                "- {type: case, rule_conditions: [{type: tags, tag: x}]}|did you mean tag?",
                "- {type: case, rule_cond_not: true}|no condition to negate",
                "- {type: case, rule_conditions: {a: {type: is_sigma_rule}}, rule_cond_expr: a and b}|is called so",
                "- {type: case, rule_conditions: {a: {type: is_sigma_rule}}, rule_cond_expr: a, rule_cond_op: or}|either",
                "- {type: case, rule_conditions: [{type: is_sigma_rule}], rule_cond_expr: a}|by their names",
                "- {type: case, detection_item_conditions: [{type: match_string, pattern: a}]}|key=cond",
                "- {type: value_placeholders, include: [a], exclude: [b]}|either included or excluded",
                "- {type: add_condition, conditions: {}}|would match everything",
                "- {type: rule_failure}|value is missing",
                "- text|a transformation is a mapping",
            })
    void refusesPipelinesThatMeanNothing(String example) {
        int bar = example.lastIndexOf('|');
        LoadedRules loaded = RuleLoader.read("rules", piped(example.substring(0, bar), "a: x"), SigmaTaxonomy.raw());
        assertThat(loaded.failures())
                .as(example)
                .isNotEmpty()
                .anyMatch(failure -> failure.reason().contains(example.substring(bar + 1)))
                .allMatch(failure -> failure.line() == 4 && failure.rule().isEmpty());
    }

    @Test
    void namesEveryTransformationInItsGuide() throws IOException {
        String guide = Files.readString(Path.of("..", "docs", "guides", "sigma-pipelines.md"));
        for (String type : List.of(
                "add_condition",
                "add_field",
                "case",
                "change_logsource",
                "convert_type",
                "detection_item_failure",
                "drop_detection_item",
                "field_name_mapping",
                "field_name_prefix",
                "field_name_prefix_mapping",
                "field_name_suffix",
                "hashes_fields",
                "map_string",
                "nest",
                "regex",
                "remove_field",
                "replace_string",
                "rule_failure",
                "set_custom_attribute",
                "set_field",
                "set_state",
                "set_value",
                "value_placeholders",
                "wildcard_placeholders",
                "query_expression_placeholders",
                "field_name_transform")) {
            assertThat(guide).contains("`" + type + "`");
        }
    }
}
