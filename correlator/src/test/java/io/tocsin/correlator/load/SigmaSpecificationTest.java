package io.tocsin.correlator.load;

import static io.tocsin.correlator.load.SigmaFiring.fire;
import static io.tocsin.correlator.load.SigmaFiring.line;
import static io.tocsin.correlator.load.SigmaFiring.refusals;
import static io.tocsin.correlator.load.SigmaFiring.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/// The language of Sigma's rules, 2.1, part by part.
final class SigmaSpecificationTest {
    private static void fires(String line, String... event) {
        assertThat(fire(line(line), event))
                .as(line + " " + String.join("=", event))
                .containsExactly("one");
    }

    private static void isSilent(String line, String... event) {
        assertThat(fire(line(line), event))
                .as(line + " " + String.join("=", event))
                .isEmpty();
    }

    private static void isRefused(String line, String reason) {
        assertThat(refusals(line(line)))
                .as(line)
                .singleElement()
                .satisfies(failure -> assertThat(failure).startsWith("6: ").contains(reason));
    }

    @Test
    void comparesTextsWithoutRegardToCaseUnlessCased() {
        fires("f: Value", "f", "vALUE");
        fires("f|contains: Val", "f", "the value");
        fires("f|startswith: the", "f", "The value");
        fires("f|endswith: UE", "f", "the value");
        fires("f|cased: Value", "f", "Value");
        isSilent("f|cased: Value", "f", "value");
        isSilent("f|contains|cased: Val", "f", "the value");
        // Open at both ends is anywhere.
        fires("f|startswith|endswith: val", "f", "the values");
    }

    @Test
    void takesWildcardsAndTheirEscapes() {
        fires("f: 'a*b'", "f", "axyzb");
        fires("f: 'a?b'", "f", "axb");
        isSilent("f: 'a?b'", "f", "ab");
        fires("f: 'a\\*b'", "f", "a*b");
        isSilent("f: 'a\\*b'", "f", "axb");
        fires("f: 'a\\?b'", "f", "a?b");
        isSilent("f: 'a\\?b'", "f", "axb");
        // A backslash, then anything.
        fires("f: 'a\\\\*b'", "f", "a\\xyzb");
        isSilent("f: 'a\\\\*b'", "f", "axyzb");
        // A backslash, then an asterisk.
        fires("f: 'a\\\\\\*b'", "f", "a\\*b");
        isSilent("f: 'a\\\\\\*b'", "f", "a\\xb");
        fires("f: 'C:\\Windows\\x'", "f", "c:\\windows\\x");
        fires("f|contains: '\\\\'", "f", "a\\b");
        fires("f: '*'", "f", "anything");
        isSilent("f: '*'", "g", "anything");
    }

    @Test
    void tellsAbsentFromPresent() {
        fires("f: null", "g", "x");
        isSilent("f: null", "f", "x");
        fires("f: ''", "g", "x");
        fires("f: ['', null, a]", "g", "x");
        fires("f: ['', null, a]", "f", "a");
        fires("f|exists: true", "f", "x");
        isSilent("f|exists: true", "g", "x");
        fires("f|exists: false", "g", "x");
        isSilent("f|exists: false", "f", "x");
        fires("f|neq: null", "f", "x");
        isSilent("f|neq: null", "g", "x");
    }

    @Test
    void comparesNumbersAsNumbersAndAsTexts() {
        fires("f: 4624", "f", "4624");
        fires("f: '4624'", "f", "4624");
        isSilent("f: 4624", "f", "46240");
        fires("f|gt: 5", "f", "10");
        isSilent("f|gt: 5", "f", "5");
        fires("f|gte: 5", "f", "5");
        fires("f|lt: 5.5", "f", "5");
        fires("f|lte: -1", "f", "-1.0");
        isSilent("f|lt: 5", "f", "many");
        isSilent("f|lt: 5", "g", "1");
        fires("f|neq: 5", "f", "6");
        isSilent("f|neq: [5, 6]", "f", "6");
        fires("f: true", "f", "true");
        isRefused("f|gt: many", "not a number");
        isRefused("f|gt: 1d", "not a number");
        isRefused("f|gt: NaN", "not a number");
        isRefused("f|hour: 0x10", "not a number");
    }

    @Test
    void findsRegularExpressionsWithFlagsAndTies() {
        fires("f|re: 'a[0-9]{2}'", "f", "xa12y");
        isSilent("f|re: 'a[0-9]{2}'", "f", "xA12y");
        fires("f|re|i: 'a[0-9]{2}'", "f", "xA12y");
        fires("f|re|ignorecase: 'a[0-9]{2}'", "f", "xA12y");
        fires("f|re|m: '^b$'", "f", "a\nb\nc");
        isSilent("f|re: '^b$'", "f", "a\nb\nc");
        fires("f|re|multiline: '^b$'", "f", "a\nb\nc");
        fires("f|re|s: 'a.b'", "f", "a\nb");
        isSilent("f|re: 'a.b'", "f", "a\nb");
        fires("f|re|dotall|i: 'a.b'", "f", "A\nB");
        fires("f|re|startswith: 'a|b'", "f", "bx");
        isSilent("f|re|startswith: 'a|b'", "f", "xb");
        fires("f|re|endswith: 'a|b'", "f", "xb");
        isSilent("f|re|endswith: 'a|b'", "f", "bx");
        fires("f|re|contains: 'a|b'", "f", "xbx");
        fires("f|re|all: ['a', 'b']", "f", "ab");
        isSilent("f|re|all: ['a', 'b']", "f", "a");
        isSilent("f|re|neq: 'a'", "f", "a");
        isRefused("f|re: 'a('", "");
        // Nothing that needs to look back.
        isRefused("f|re: '(a)\\1'", "");
    }

    @Test
    void findsAddressesInNetworks() {
        fires("f|cidr: 10.0.0.0/8", "f", "10.200.1.1");
        isSilent("f|cidr: 10.0.0.0/8", "f", "11.0.0.1");
        isSilent("f|cidr: 10.0.0.0/8", "f", "10.0.0.256");
        fires("f|cidr: 2001:db8::/32", "f", "2001:db8:1::1");
        isSilent("f|cidr: 2001:db8::/32", "f", "2001:db9::1");
        // The IPv6 form of an IPv4 network.
        fires("f|cidr: '::ffff:10.0.0.0/104'", "f", "10.2.3.4");
        fires("f|cidr: '::ffff:10.0.0.0/104'", "f", "::ffff:10.2.3.4");
        isSilent("f|cidr: '::ffff:10.0.0.0/104'", "f", "11.2.3.4");
        fires("f|cidr: ['10.0.0.0/8', 'fe80::/10']", "f", "fe80::1");
        fires("f|cidr|neq: 10.0.0.0/8", "f", "11.0.0.1");
        isRefused("f|cidr: 10.0.0.0/33", "not a network");
        isRefused("f|cidr: here", "not a network");
    }

    @Test
    void comparesFieldsOfTheEvent() {
        fires("f|fieldref: g", "f", "Same", "g", "same");
        isSilent("f|fieldref|cased: g", "f", "Same", "g", "same");
        isSilent("f|fieldref: g", "f", "one", "g", "other");
        fires("f|fieldref|startswith: g", "f", "C:\\x\\y", "g", "c:\\x");
        fires("f|fieldref|endswith: g", "f", "a\\eve", "g", "eve");
        fires("f|fieldref|contains: g", "f", "a eve b", "g", "eve");
        isSilent("f|fieldref|contains: g", "f", "a eve b", "g", "bob");
        fires("f|fieldref|neq: g", "f", "one", "g", "other");
        isSilent("f|fieldref|neq: g", "f", "one", "g", "one");
        isRefused("f|fieldref: 'g*'", "no wildcards");
    }

    private static String base64(String text, Charset encoding) {
        return Base64.getEncoder().encodeToString(text.getBytes(encoding));
    }

    @Test
    void encodesValues() {
        fires("f|base64: whoami", "f", base64("whoami", StandardCharsets.UTF_8));
        for (String before : new String[] {"", "x", "xy", "xyz"}) {
            fires(
                    "f|base64offset|contains: whoami /all",
                    "f",
                    base64(before + "whoami /all !", StandardCharsets.UTF_8));
            fires("f|wide|base64offset|contains: whoami", "f", base64(before + "whoami é", StandardCharsets.UTF_16LE));
            fires("f|utf16le|base64offset|contains: grün", "f", base64(before + "grün", StandardCharsets.UTF_16LE));
            fires("f|utf16be|base64offset|contains: whoami", "f", base64(before + "whoami", StandardCharsets.UTF_16BE));
        }
        fires("f|utf16|base64|startswith: whoami", "f", base64("\uFEFFwhoami", StandardCharsets.UTF_16LE));
        isSilent("f|base64offset|contains: whoami", "f", base64("who am i", StandardCharsets.UTF_8));
        fires("f|wide|contains: ab", "f", "xa\0b\0");
        isRefused("f|base64: 'who*'", "no wildcards");
    }

    @Test
    void takesEveryDashForAnother() {
        for (String dash : new String[] {"-", "/", "–", "—", "―"}) {
            fires("f|windash|contains: ' -param '", "f", "x " + dash + "param y");
            fires("f|windash|contains|all: ['-a', '/b']", "f", dash + "a " + dash + "b");
        }
        // A dash inside of a word is a part of it.
        isSilent("f|windash: 'a-b'", "f", "a/b");
        fires("f|windash|base64offset|contains: ' -enc'", "f", base64("run /enc", StandardCharsets.UTF_8));
    }

    @Test
    void refusesModifiersThatMeanNothingTogether() {
        isRefused("f|contain: x", "did you mean");
        isRefused("f|i: x", "follows 're' only");
        isRefused("f|contains|re: x", "stand first");
        isRefused("f|windash|re: x", "stand first");
        isRefused("f|base64|cidr: 10.0.0.0/8", "stand first");
        isRefused("f|re|base64: x", "mean nothing together");
        isRefused("f|re|windash: x", "mean nothing together");
        isRefused("f|re|cased: x", "mean nothing together");
        isRefused("f|re|cidr: x", "mean nothing together");
        isRefused("f|re|gt: 1", "mean nothing together");
        isRefused("f|cidr|contains: 10.0.0.0/8", "mean nothing together");
        isRefused("f|exists|contains: true", "mean nothing together");
        isRefused("f|exists|all: [true, false]", "true or false");
        isRefused("f|exists: perhaps", "true or false");
        isRefused("f|gt|lt: 5", "one comparison");
        isRefused("f|gt|contains: 5", "mean nothing together");
        isRefused("f|fieldref|base64: g", "mean nothing together");
        isRefused("f|hour|minute: 5", "one part of a time");
        isRefused("f|hour|contains: 5", "part of a time");
        isRefused("f|base64|base64offset: x", "exclude each other");
        isRefused("'|startswith': x", "anywhere");
        isRefused("'|exists': true", "no field");
        isRefused("f: []", "list of values is empty");
        isRefused("f: {a: b}", "a value is expected");
    }

    @Test
    void refusesValuesThatModifiersCannotTake() {
        for (String modifier : new String[] {
            "contains",
            "startswith",
            "endswith",
            "re",
            "cidr",
            "gt",
            "lte",
            "hour",
            "windash",
            "base64",
            "wide",
            "base64offset|contains",
            "fieldref",
            "expand",
            "exists"
        }) {
            isRefused("f|" + modifier + ": null", "null has nothing");
        }
        for (String modifier : new String[] {"base64", "base64offset|contains", "wide", "utf16|base64"}) {
            isRefused("f|" + modifier + ": ''", "empty value cannot be encoded");
        }
        isRefused("f|fieldref: ''", "name of a field is empty");
        isRefused("f|gt: 1e400", "not a number");
        isRefused("f|year: 1e400", "not a number");
        fires("f|cased: null", "g", "x");
    }

    @Test
    void refusesNamesOfFieldsThatAreEmptyWhereverTheyStand() {
        String[] rules = {
            rule("one", "sel: {f: 1}\ncondition: sel\n") + "fields: [a, '']\n",
            rule("one", "sel: {f: 1}\ncondition: sel | count() by a,,b > 5\n"),
            correlation("type: event_count\nrules: [base]\ngroup-by: ['']\ntimespan: 1m\ncondition: {gte: 2}\n"),
            correlation("type: value_count\nrules: [base]\ntimespan: 1m\ncondition: {gte: 2, field: ''}\n"),
            correlation("""
                    type: event_count
                    rules: [base]
                    group-by: [ip]
                    aliases: {ip: {base: ''}}
                    timespan: 1m
                    condition: {gte: 2}
                    """),
        };
        for (String rule : rules) {
            assertThat(refusals(rule)).as(rule).singleElement().asString().contains("name of a field is empty");
        }
    }

    @Test
    void refusesWhatARuleSaysOfItselfWithASlipOfThePen() {
        String good = rule("one", "sel: {f: 1}\ncondition: sel\n");
        assertThat(refusals(good + "level: High\n")).isEmpty();
        assertThat(refusals(good + "level: hgih\n"))
                .containsExactly("7: level is not known [level=hgih, levels=informational|low|medium|high|critical];"
                        + " did you mean high?");
        assertThat(refusals(good.replace("category", "catgory")))
                .contains("3: key is not known [key=logsource.catgory]; did you mean category?");
        assertThat(refusals(good.replace("{category: test}", "{}")))
                .containsExactly("3: rule says not where its events come from: give category, product or service"
                        + " [key=logsource]");
        assertThat(refusals(good.replace("{category: test}", "{category: test, tenant: x}")))
                .isEmpty();
        assertThat(refusals(good.replace("detection", "detecton")))
                .containsExactly("1: rule has no detection [key=detection]: did you mean it by detecton?");
        assertThat(refusals(rule("one", "sel: {}\ncondition: sel\n")))
                .containsExactly("5: selection is empty: it would match everything");
    }

    @Test
    void looksForKeywordsInAnyField() {
        String any = rule("one", "keywords: [Alpha, 'be*ta']\ncondition: keywords\n");
        assertThat(fire(any, "x", "an alpha")).containsExactly("one");
        assertThat(fire(any, "x", "a be-ta")).containsExactly("one");
        assertThat(fire(any, "x", "gamma")).isEmpty();
        String all = rule("one", "keywords:\n  '|all': [alpha, beta]\ncondition: keywords\n");
        assertThat(fire(all, "x", "alpha", "y", "beta")).containsExactly("one");
        assertThat(fire(all, "x", "alpha")).isEmpty();
        String regex = rule("one", "keywords:\n  '|re': 'al.ha'\ncondition: keywords\n");
        assertThat(fire(regex, "x", "an alpha")).containsExactly("one");
        String mixed = rule("one", "keywords:\n  - alpha\n  - x: beta\ncondition: keywords\n");
        assertThat(fire(mixed, "x", "beta")).containsExactly("one");
        assertThat(fire(mixed, "y", "beta")).isEmpty();
        assertThat(refusals(rule("one", "keywords: ['']\ncondition: keywords\n")))
                .singleElement()
                .asString()
                .contains("keyword is empty");
    }

    @Test
    void readsConditions() {
        String selections = "sel_a: {a: 1}\nsel_b: {b: 1}\n_hidden: {h: 1}\nfilter: {f: 1}\n";
        String[][] cases = {
            {"sel_a", "a=1", "yes"},
            {"1 of sel_*", "b=1", "yes"},
            {"any of sel_*", "b=1", "yes"},
            {"1 of sel_*", "h=1", "no"},
            {"all of sel_*", "a=1", "no"},
            {"all of sel_*", "a=1 b=1", "yes"},
            {"1 of them", "h=1", "no"},
            {"1 of them", "f=1", "yes"},
            {"all of them", "a=1 b=1 f=1", "yes"},
            {"1 of *b", "b=1", "yes"},
            {"_hidden", "h=1", "yes"},
            {"1 of _hid*", "h=1", "yes"},
            {"not sel_a and sel_b", "b=1", "yes"},
            {"not (sel_a or sel_b)", "c=1", "yes"},
            {"sel_a or sel_b and filter", "a=1", "yes"},
            {"(sel_a or sel_b) and filter", "a=1", "no"},
            {"sel_a AND NOT 1 OF filter*", "a=1", "yes"},
            {"sel_a and not 1 of filter*", "a=1 f=1", "no"},
            {"not not sel_a", "a=1", "yes"},
        };
        for (String[] each : cases) {
            String[] event = each[1].split("[ =]");
            assertThat(!fire(rule("one", selections + "condition: " + each[0] + "\n"), event)
                            .isEmpty())
                    .as(each[0] + " with " + each[1])
                    .isEqualTo(each[2].equals("yes"));
        }
        assertThat(fire(rule("one", selections + "condition: [sel_a, sel_b]\n"), "b", "1"))
                .containsExactly("one");
        String[][] refused = {
            {"sel_c", "not there [name=sel_c]"},
            {"2 of sel_*", "'1 of'"},
            {"1 of nothing*", "no selection is named so"},
            {"sel_a and", "ends too early"},
            {"(sel_a", "closing parenthesis"},
            {"sel_a sel_b", "unexpected word"},
            {"1 of", "'of'"},
        };
        for (String[] each : refused) {
            assertThat(refusals(rule("one", selections + "condition: " + each[0] + "\n")))
                    .as(each[0])
                    .singleElement()
                    .asString()
                    .startsWith("9: ")
                    .contains(each[1]);
        }
        assertThat(refusals(rule("one", selections))).singleElement().asString().contains("no condition");
    }

    private static final String BASE = rule("base", "selection: {e: 1}\ncondition: selection\n") + "name: called\n";

    private static String correlation(String body) {
        return BASE + "---\ntitle: c\nid: c\ncorrelation:\n" + body.indent(2);
    }

    @Test
    void refusesCorrelationsThatSayNothingWithLineAndReason() {
        String[][] refused = {
            {
                "type: event_sum\nrules: [base]\ntimespan: 1m\ncondition: {gte: 1}\n",
                "not supported [type=event_sum], did you"
            },
            {"type: event_count\nrules: [bse]\ntimespan: 1m\ncondition: {gte: 1}\n", "rule is not there [rule=bse]"},
            {"type: event_count\nrules: []\ntimespan: 1m\ncondition: {gte: 1}\n", "speaks of 1 to"},
            {"type: event_count\nrules: [base, base]\ntimespan: 1m\ncondition: {gte: 1}\n", "more than once"},
            {"type: event_count\nrules: [base]\ntimespan: 1 minute\ncondition: {gte: 1}\n", "not a length of time"},
            {"type: event_count\nrules: [base]\ntimespan: 0s\ncondition: {gte: 1}\n", "not a length of time"},
            {"type: event_count\nrules: [base]\ntimespan: 1m\n", "no condition"},
            {"type: event_count\nrules: [base]\ntimespan: 1m\ncondition: {more: 1}\n", "not a comparison"},
            {"type: event_count\nrules: [base]\ntimespan: 1m\ncondition: base\n", "temporal correlations"},
            {"type: value_count\nrules: [base]\ntimespan: 1m\ncondition: {gte: 1}\n", "which field"},
            {"type: value_sum\nrules: [base]\ntimespan: 1m\ncondition: {gte: 1, field: [a, b]}\n", "one field"},
            {
                "type: value_percentile\nrules: [base]\ntimespan: 1m\ncondition: {gte: 1, field: a, percentile: 101}\n",
                "0 to 100"
            },
            {"type: temporal\nrules: [base]\ntimespan: 1m\ncondition: base and other\n", "not there"},
            {"type: temporal\nrules: [base]\ngroupby: [a]\ntimespan: 1m\n", "did you mean group-by"},
            {
                "type: temporal\nrules: [base]\ntimespan: 1m\ngroup-by: [x]\naliases: {x: {other: a}}\n",
                "alias is for a rule"
            },
            {"type: temporal\nrules: [base]\ntimespan: 1m\naliases: {x: y}\n", "names a field for each rule"},
            {"type: event_count\nrules: [base]\ntimespan: 1m\ncondition: {gte: NaN}\n", "not a number"},
            {"type: event_count\nrules: [base]\ntimespan: 1m\ncondition: {gte: 1d}\n", "not a number"},
            {"type: temporal\nrules: [base]\ntimespan: 1m\nwindow: session\n", "silence"},
        };
        for (String[] each : refused) {
            assertThat(refusals(correlation(each[0])))
                    .as(each[0])
                    .isNotEmpty()
                    .anyMatch(failure -> failure.contains(each[1].split(", did you", 2)[0]))
                    .noneMatch(failure -> failure.startsWith("0: "));
        }
        for (String unit : new String[] {"90s", "90m", "24h", "30d", "2w", "1M", "1y"}) {
            assertThat(refusals(correlation("type: event_count\nrules: [called]\ntimespan: " + unit
                            + "\ncondition: {gt: 1, lte: 9}\n")))
                    .as(unit)
                    .isEmpty();
        }
    }

    private static String filter(String head, String body) {
        return rule("a", "selection: {e: 1}\ncondition: selection\n") + "name: first\n---\n"
                + rule("b", "selection: {e: 1}\ncondition: selection\n")
                + "---\n"
                + rule("c", "selection: {e: 1}\ncondition: selection\n").replace("category: test", "category: other")
                + "---\ntitle: f\n" + head + "filter:\n" + body.indent(2);
    }

    @Test
    void filtersNarrowTheRulesThatTheyName() {
        String narrow = "selection: {u: adm}\ncondition: not selection\n";
        String test = "logsource: {category: test}\n";
        String[] event = {"e", "1", "u", "adm"};
        assertThat(fire(filter(test, "rules: [a]\n" + narrow), event)).containsExactlyInAnyOrder("b", "c");
        assertThat(fire(filter(test, "rules: [first]\n" + narrow), event)).containsExactlyInAnyOrder("b", "c");
        assertThat(fire(filter(test, "rules: [a, b]\n" + narrow), event)).containsExactly("c");
        assertThat(fire(filter(test, "rules: b\n" + narrow), event)).containsExactlyInAnyOrder("a", "c");
        for (String every : new String[] {"any", "all", "[any]", "ANY"}) {
            assertThat(fire(filter(test, "rules: " + every + "\n" + narrow), event))
                    .as(every)
                    .containsExactly("c");
        }
        // A rule of another source is not meant, though it is named.
        assertThat(fire(filter(test, "rules: [c]\n" + narrow), event)).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(fire(filter(test, "rules: any\n" + narrow), "e", "1", "u", "eve"))
                .containsExactlyInAnyOrder("a", "b", "c");
        // The selection of a filter has a name of its own.
        assertThat(fire(filter(test, "rules: any\nselection: {u: adm}\ncondition: selection\n"), event))
                .containsExactlyInAnyOrder("a", "b", "c");
        assertThat(refusals(filter(test, narrow))).singleElement().asString().contains("[key=rules]");
        assertThat(refusals(filter("", "rules: any\n" + narrow)))
                .singleElement()
                .asString()
                .contains("[key=logsource]");
        assertThat(refusals(filter(test, "rules: any\nselection: {u: adm}\n")))
                .singleElement()
                .asString()
                .contains("no condition");
    }

    @Test
    void tellsOfFiltersThatNarrowNothing() {
        String narrow = "selection: {u: adm}\ncondition: not selection\n";
        String[][] cases = {
            {"rules: [a]\n", ""},
            {"rules: [frist]\n", "rule that is not there [rule=frist]; did you mean first?"},
            {"rules: [c]\n", "another log source than its own [rule=c]"},
            {"rules: [counted]\n", "correlation rule: name the rules that it speaks of [rule=counted]"},
        };
        for (String[] each : cases) {
            String rules = filter("logsource: {category: test}\n", each[0] + narrow)
                    + "---\ntitle: counted\nid: counted\ncorrelation: {type: event_count, rules: [a], timespan: 1m,"
                    + " condition: {gte: 2}}\n";
            LoadedRules loaded = RuleLoader.read("rules", rules, SigmaTaxonomy.raw());
            assertThat(loaded.failures()).isEmpty();
            if (each[1].isEmpty()) {
                assertThat(loaded.notes()).isEmpty();
            } else {
                assertThat(loaded.notes())
                        .singleElement()
                        .satisfies(note -> assertThat(note.reason()).contains(each[1]));
            }
        }
    }
}
