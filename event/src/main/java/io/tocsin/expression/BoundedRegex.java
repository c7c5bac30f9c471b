package io.tocsin.expression;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A regular expression of a user over UTF-8 bytes: RE2 syntax, time linear in the text, limited in size. The only
/// class that touches the regular expression library.
///
/// Before the expression runs, the bytes are searched for a text that every match must contain, which settles most
/// cases at the price of a search. `.` does not match a line feed unless the expression says `(?s)`. A byte that is
/// no UTF-8 counts as the replacement character U+FFFD.
///
/// ```java
/// BoundedRegex regex = BoundedRegex.compile("user (?P<user>\\w+)", false);
/// if (regex.find(arena, offset, length)) {
///     int start = regex.start(regex.group("user")); // place in arena, or -1
/// }
/// ```
/// Thread-safety: one thread; [#copy()] shares the program with another one.
public final class BoundedRegex {
    /// Longest expression, in characters.
    public static final int MAXIMUM_LENGTH = 8_192;
    /// Largest compiled program, in instructions: the most work for one character of the text.
    public static final int MAXIMUM_INSTRUCTIONS = 20_000;

    private final Pattern pattern;
    private final RequiredText required;
    private final Matcher matcher;
    private final RegexInput input = new RegexInput();
    /// Place and length of the last match that was settled without the library; -1 when the library did it.
    private int plainStart = -1;
    private int plainEnd = -1;
    private boolean matched;
    private byte[] searched = {};
    private int searchedEnd;

    private BoundedRegex(Pattern pattern, RequiredText required) {
        this.pattern = pattern;
        this.required = required;
        this.matcher = pattern.matcher(input);
    }

    /// @param ignoreCase as if the expression began with `(?i)`
    /// @throws TocsinException `INVALID_PATTERN` saying what is wrong
    public static BoundedRegex compile(String expression, boolean ignoreCase) {
        if (expression.length() > MAXIMUM_LENGTH) {
            throw invalid("regular expression is too long [characters=" + expression.length() + ", maximum="
                    + MAXIMUM_LENGTH + "]");
        }
        RequiredText required = RequiredText.of(expression, ignoreCase);
        if (required.instructions() > MAXIMUM_INSTRUCTIONS) {
            throw tooLarge(required.instructions());
        }
        if (EndlessFolding.isIn(expression, ignoreCase)) {
            throw invalid(
                    "regular expression without regard to case holds one of the characters U+1C80 to U+1C88, which"
                            + " cannot be compared so: leave them out of its ranges [expression=" + expression + "]");
        }
        try {
            Pattern pattern = Pattern.compile(expression, ignoreCase ? Pattern.CASE_INSENSITIVE : 0);
            if (pattern.programSize() > MAXIMUM_INSTRUCTIONS) {
                throw tooLarge(pattern.programSize());
            }
            return new BoundedRegex(pattern, required);
        } catch (PatternSyntaxException e) {
            String place = e.getPattern() == null || e.getPattern().equals(expression) ? "" : ", at=" + e.getPattern();
            throw TocsinException.of(
                    ErrorCode.INVALID_PATTERN,
                    "not a regular expression in RE2 syntax: " + e.getDescription() + " [expression=" + expression
                            + place + "]",
                    e);
        }
    }

    /// A regular expression of the same program for another thread.
    public BoundedRegex copy() {
        return new BoundedRegex(pattern, required);
    }

    public String expression() {
        return pattern.pattern();
    }

    /// A text that every match contains, in whatever case; empty when none is known. For indexes over many
    /// expressions.
    public String requiredText() {
        return required.toString();
    }

    /// Texts that every match contains byte by byte, in no particular order; empty when none is known. For indexes over
    /// many expressions that require the same ones.
    public List<String> requiredExactTexts() {
        return required.exactTexts();
    }

    /// Instructions of the compiled program: the most work for one character of the text.
    public int instructions() {
        return pattern.programSize();
    }

    /// True when a part of the text matches; groups are those of the leftmost match.
    public boolean find(byte[] bytes, int offset, int length) {
        return run(bytes, offset, length, false);
    }

    /// True when a part of the text behind the last match matches, after a successful [#find] whose bytes have not
    /// changed. Anchors and word boundaries see the whole text. An empty match is not found twice.
    public boolean findNext() {
        requireMatch();
        byte[] exact = required.exact();
        if (plainStart >= 0 && exact != null) {
            int at = ByteSearch.indexOf(searched, plainEnd, searchedEnd - plainEnd, exact);
            matched = at >= 0;
            plainStart = at;
            plainEnd = at + exact.length;
            return matched;
        }
        matched = matcher.find();
        return matched;
    }

    /// True when the whole text matches.
    public boolean matches(byte[] bytes, int offset, int length) {
        return run(bytes, offset, length, true);
    }

    private boolean run(byte[] bytes, int offset, int length, boolean whole) {
        plainStart = -1;
        matched = false;
        searched = bytes;
        searchedEnd = offset + length;
        if (!required.mayMatch(bytes, offset, length)) {
            return false;
        }
        byte[] exact = required.exact();
        if (exact != null && (whole || exact.length > 0)) {
            int at = whole
                    ? ByteSearch.equal(bytes, offset, length, exact) ? offset : -1
                    : ByteSearch.indexOf(bytes, offset, length, exact);
            matched = at >= 0;
            plainStart = at;
            plainEnd = at + exact.length;
            return matched;
        }
        input.set(bytes, offset, length);
        matcher.reset();
        matched = whole ? matcher.matches() : matcher.find();
        return matched;
    }

    /// Number of groups, without the whole match, which is group 0.
    public int groupCount() {
        return pattern.groupCount();
    }

    /// Names of the named groups with their numbers, in alphabetical order.
    public Map<String, Integer> groupNames() {
        return new TreeMap<>(pattern.namedGroups());
    }

    /// Number of a named group, or -1.
    public int group(String name) {
        Integer index = pattern.namedGroups().get(name);
        return index == null ? -1 : index;
    }

    /// Where a group of the last match begins in the bytes that were searched, or -1 when it took no part. Valid
    /// until the next search and while the bytes are not changed.
    public int start(int group) {
        requireMatch();
        if (plainStart >= 0) {
            return group == 0 ? plainStart : -1;
        }
        int at = matcher.start(group);
        return at < 0 ? -1 : input.byteOffset(at);
    }

    /// Where a group of the last match ends (exclusive), or -1 when it took no part.
    public int end(int group) {
        requireMatch();
        if (plainStart >= 0) {
            return group == 0 ? plainEnd : -1;
        }
        int at = matcher.end(group);
        return at < 0 ? -1 : input.byteOffset(at);
    }

    /// The text of a group of the last match; empty when it took no part. Allocates.
    public String text(int group) {
        int start = start(group);
        return start < 0 ? "" : new String(searched, start, end(group) - start, StandardCharsets.UTF_8);
    }

    private void requireMatch() {
        if (!matched) {
            throw new IllegalStateException("there was no match: groups have no place");
        }
    }

    private static TocsinException tooLarge(long instructions) {
        return invalid("regular expression is too large: use smaller repetitions [instructions=" + instructions
                + ", maximum=" + MAXIMUM_INSTRUCTIONS + "]");
    }

    private static TocsinException invalid(String message) {
        return TocsinException.of(ErrorCode.INVALID_PATTERN, message);
    }

    @Override
    public String toString() {
        return pattern.pattern();
    }
}
