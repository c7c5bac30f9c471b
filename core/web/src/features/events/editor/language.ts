import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { StreamLanguage, type StringStream } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import type { FieldInfo } from '@/api/types';
import type { Mode } from '../searchState';

const sqlKeywords =
  'select from where prewhere group by having order asc desc limit offset with totals rollup cube distinct as and or not in between like ilike is null ' +
  'case when then else end union all array join left inner on using interval second minute hour day week month year settings final sample any over partition ' +
  'rows range unbounded preceding following current row true false';

const functions: readonly (readonly [name: string, what: string])[] = [
  ['count', 'count()'], ['countIf', 'countIf(condition)'], ['uniq', 'uniq(x)'], ['uniqExact', 'uniqExact(x)'], ['sum', 'sum(x)'], ['avg', 'avg(x)'],
  ['min', 'min(x)'], ['max', 'max(x)'], ['any', 'any(x)'], ['argMax', 'argMax(x, by)'], ['argMin', 'argMin(x, by)'], ['quantile', 'quantile(0.95)(x)'],
  ['topK', 'topK(10)(x)'], ['groupArray', 'groupArray(x)'], ['groupUniqArray', 'groupUniqArray(x)'], ['arrayJoin', 'arrayJoin(array)'],
  ['has', 'has(array, x)'], ['hasAny', 'hasAny(array, array)'], ['length', 'length(x)'], ['lower', 'lower(text)'], ['upper', 'upper(text)'],
  ['position', 'position(text, needle)'], ['positionCaseInsensitive', 'position without regard to case'], ['match', 'match(text, re2)'],
  ['extract', 'extract(text, re2)'], ['hasToken', 'hasToken(text, word)'], ['startsWith', 'startsWith(text, prefix)'], ['endsWith', 'endsWith(text, suffix)'],
  ['substring', 'substring(text, from, length)'], ['splitByChar', "splitByChar(',', text)"], ['concat', 'concat(a, b)'], ['replaceAll', 'replaceAll(text, from, to)'],
  ['toStartOfInterval', 'toStartOfInterval(Timestamp, INTERVAL 5 MINUTE)'], ['toStartOfMinute', ''], ['toStartOfHour', ''], ['toStartOfDay', ''],
  ['toDate', ''], ['toDateTime', ''], ['toUnixTimestamp', ''], ['now', 'now()'], ['dateDiff', "dateDiff('second', a, b)"], ['toHour', ''], ['toDayOfWeek', ''],
  ['toString', ''], ['toInt64OrZero', ''], ['isIPv4String', ''], ['isIPAddressInRange', "isIPAddressInRange(address, '10.0.0.0/8')"], ['IPv4StringToNumOrDefault', ''],
  ['if', 'if(condition, then, else)'], ['multiIf', 'multiIf(c1, x1, …, else)'], ['coalesce', ''], ['round', ''], ['formatReadableSize', 'formatReadableSize(bytes)'],
  ['JSONExtractString', 'JSONExtractString(json, key)'], ['cutURLParameter', ''], ['domain', 'domain(url)'], ['empty', ''], ['notEmpty', ''],
];

const simpleKeywords: readonly (readonly [name: string, what: string])[] = [
  ['AND', ''], ['OR', ''], ['NOT', ''], ['IN', 'Field IN [a, b]'], ['contains', 'Field contains text'], ['startsWith', ''], ['endsWith', ''],
  ['match', 'the whole text: Field match "re2"'], ['search', 'a part of the text: Field search "re2"'], ['ignoreCase', 'Field = ignoreCase value'], ['exists', 'Field exists'], ['is empty', 'Field is empty'], ['inSubnet', 'SourceAddress inSubnet 10.0.0.0/8'],
];

interface LexerState {
  /** The quote of the string that goes on over the line break, or null. */
  quote: string | null;
  comment: boolean;
}

/** Colours only: a lexer of a few lines instead of a grammar with the keyword lists of ten databases. */
function language(keywords: ReadonlySet<string>, known: ReadonlySet<string>) {
  const inside = (stream: StringStream, state: LexerState): string => {
    let escaped = false;
    for (let char = stream.next(); char; char = stream.next()) {
      if (char === state.quote && !escaped) {
        state.quote = null;
        break;
      }
      escaped = !escaped && char === '\\';
    }
    return 'string';
  };
  return StreamLanguage.define<LexerState>({
    startState: () => ({ quote: null, comment: false }),
    languageData: { closeBrackets: { brackets: ['(', '[', "'", '"'] }, commentTokens: { line: '--' } },
    token(stream, state) {
      if (state.comment) {
        if (stream.skipTo('*/')) {
          stream.match('*/');
          state.comment = false;
        } else stream.skipToEnd();
        return 'comment';
      }
      if (state.quote) return inside(stream, state);
      if (stream.eatSpace()) return null;
      if (stream.match('--')) {
        stream.skipToEnd();
        return 'comment';
      }
      if (stream.match('/*')) {
        state.comment = true;
        return 'comment';
      }
      const char = stream.peek() ?? '';
      if (char === "'" || char === '"') {
        state.quote = stream.next() ?? null;
        return inside(stream, state);
      }
      if (stream.match(/^\d+(?:\.\d+)?(?![\w.])/)) return 'number';
      if (stream.match(/^[A-Za-z_][\w.]*/)) {
        const word = stream.current();
        return keywords.has(word.toLowerCase()) ? 'keyword' : known.has(word) ? 'propertyName' : null;
      }
      return stream.match(/^[-+*/%=<>!]+/) ? 'operator' : (stream.next(), null);
    },
  });
}

const keywordsOf: Record<Mode, ReadonlySet<string>> = {
  sql: new Set(sqlKeywords.split(' ')),
  simple: new Set('and or not in contains startswith endswith match search insubnet hasbit exists is empty ignorecase'.split(' ')),
};

const typeMarks: Record<FieldInfo['type'], string> = { STRING: 'abc', INTEGER: '123', FLOAT: '1.5', TIMESTAMP: 'time', STRING_ARRAY: '[abc]' };

function fieldOptions(fields: readonly FieldInfo[]): Completion[] {
  return fields.map((field) => ({
    label: field.name,
    type: 'property',
    detail: typeMarks[field.type],
    info: [field.meaning, field.cef ? `CEF ${field.cef}` : '', field.ecs ? `ECS ${field.ecs}` : ''].filter(Boolean).join('\n'),
    boost: field.group === 'custom' ? 0 : 5,
  }));
}

function completer(mode: Mode, fields: readonly FieldInfo[]) {
  const words: Completion[] =
    mode === 'sql'
      ? [
          ...sqlKeywords.split(' ').map((word) => ({ label: word.toUpperCase(), type: 'keyword', boost: -5 })),
          ...functions.map(([name, detail]) => ({ label: name, type: 'function', detail, apply: `${name}(`, boost: -2 })),
          { label: 'events', type: 'class', boost: 8 },
        ]
      : simpleKeywords.map(([label, detail]) => ({ label, type: 'keyword', detail }));
  const options = [...fieldOptions(fields), ...words];
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[A-Za-z_][\w.]*/);
    if (!word && !context.explicit) return null;
    const before = context.state.doc.sliceString(0, word?.from ?? context.pos);
    // Inside a string there is nothing to complete: an odd number of quotes before the cursor.
    if ((before.replace(/\\./g, '').match(/'/g)?.length ?? 0) % 2 === 1) return null;
    return { from: word?.from ?? context.pos, options, validFor: /^[\w.]*$/ };
  };
}

export function languageOf(mode: Mode, fields: readonly FieldInfo[]): Extension {
  const lexer = language(keywordsOf[mode], new Set(fields.map((field) => field.name)));
  return [lexer, lexer.data.of({ autocomplete: completer(mode, fields) })];
}
