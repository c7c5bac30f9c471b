import { compare, contains, filled, type FieldTypes } from './predicate';

/**
 * The text condition of the simple mode:
 *
 *     failed password SourceAddress = 10.0.0.1 AND NOT (DestinationPort IN [22, 2222] OR Message contains "test")
 *
 * Comparisons are those of the condition language of rules and filters. Beside them, bare words search the raw text, and AND is implied
 * between two terms.
 */
export class ConditionError extends Error {
  constructor(
    message: string,
    /** Position of the first character that could not be read, from 0. */
    readonly position: number,
  ) {
    super(message);
    this.name = 'ConditionError';
  }
}

type Kind = 'word' | 'text' | 'operator' | 'open' | 'close' | 'openList' | 'closeList' | 'comma' | 'end';

interface Lexeme {
  kind: Kind;
  text: string;
  position: number;
}

const wordOperators = new Set(['contains', 'startswith', 'endswith', 'match', 'search', 'insubnet', 'hasbit', 'in'])
const takesNoList = new Set(['<', '<=', '>', '>=']);

function lex(input: string): Lexeme[] {
  const out: Lexeme[] = [];
  let at = 0;
  while (at < input.length) {
    const char = input[at] as string;
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    const single: Partial<Record<string, Kind>> = { '(': 'open', ')': 'close', '[': 'openList', ']': 'closeList', ',': 'comma' };
    const kind = single[char];
    if (kind) {
      out.push({ kind, text: char, position: at++ });
      continue;
    }
    if (char === '"' || char === "'") {
      const start = at++;
      let text = '';
      while (at < input.length && input[at] !== char) {
        if (input[at] === '\\' && at + 1 < input.length) at++;
        text += input[at++];
      }
      if (at >= input.length) throw new ConditionError('unclosedQuote', start);
      at++;
      out.push({ kind: 'text', text, position: start });
      continue;
    }
    const operator = /^(?:!=|<>|>=|<=|==|=|>|<)/.exec(input.slice(at));
    if (operator) {
      out.push({ kind: 'operator', text: operator[0], position: at });
      at += operator[0].length;
      continue;
    }
    const word = /^[^\s()[\],"'=<>!]+|^!/.exec(input.slice(at));
    const text = word?.[0] ?? char;
    out.push({ kind: 'word', text, position: at });
    at += text.length;
  }
  out.push({ kind: 'end', text: '', position: input.length });
  return out;
}

/** Turns a text condition into a ClickHouse expression; empty text gives null. Throws `ConditionError`. */
export function conditionToSql(input: string, types: FieldTypes): string | null {
  if (!input.trim()) return null;
  const lexemes = lex(input);
  let at = 0;
  const peek = (ahead = 0): Lexeme => lexemes[Math.min(at + ahead, lexemes.length - 1)] as Lexeme;
  const isKeyword = (lexeme: Lexeme, word: string) => lexeme.kind === 'word' && lexeme.text.toUpperCase() === word;
  const names = new Map([...types.keys()].map((name) => [name.toLowerCase(), name]));

  function fieldOf(lexeme: Lexeme): string | null {
    if (lexeme.kind !== 'word') return null;
    if (/^(Extra|S|N|F|SA|NA|FA)\../.test(lexeme.text)) return lexeme.text;
    return names.get(lexeme.text.toLowerCase()) ?? null;
  }

  function disjunction(depth: number): string {
    const parts = [conjunction(depth)];
    while (isKeyword(peek(), 'OR')) {
      at++;
      parts.push(conjunction(depth));
    }
    return parts.length === 1 ? (parts[0] as string) : `(${parts.join(' OR ')})`;
  }

  function conjunction(depth: number): string {
    const parts = [negation(depth)];
    for (;;) {
      if (isKeyword(peek(), 'AND')) at++;
      else if (peek().kind === 'end' || peek().kind === 'close' || isKeyword(peek(), 'OR')) break;
      parts.push(negation(depth));
    }
    return parts.join(' AND ');
  }

  function negation(depth: number): string {
    if (depth > 100) throw new ConditionError('tooDeep', peek().position);
    if (isKeyword(peek(), 'NOT') || (peek().kind === 'word' && peek().text === '!')) {
      at++;
      return `NOT (${negation(depth + 1)})`;
    }
    if (peek().kind === 'open') {
      at++;
      const inner = disjunction(depth + 1);
      if (peek().kind !== 'close') throw new ConditionError('unclosedParenthesis', peek().position);
      at++;
      return `(${inner})`;
    }
    return term();
  }

  function term(): string {
    const lexeme = peek();
    if (lexeme.kind !== 'word' && lexeme.kind !== 'text') {
      throw new ConditionError(lexeme.kind === 'end' ? 'unexpectedEnd' : 'unexpected', lexeme.position);
    }
    const field = fieldOf(lexeme);
    const presence = field === null ? null : presenceTest(field);
    if (presence !== null) return presence;
    const next = peek(1);
    const negated = isKeyword(next, 'NOT') && wordOperators.has(peek(2).text.toLowerCase());
    const operatorLexeme = negated ? peek(2) : next;
    const isOperator =
      operatorLexeme.kind === 'operator' ||
      (operatorLexeme.kind === 'word' && wordOperators.has(operatorLexeme.text.toLowerCase()) && field !== null);
    if (!isOperator) {
      at++;
      if (isKeyword(lexeme, 'AND') || isKeyword(lexeme, 'OR')) throw new ConditionError('unexpected', lexeme.position);
      return contains(['Raw', 'Message'], lexeme.text);
    }
    if (field === null) throw new ConditionError('unknownField', lexeme.position);
    at += negated ? 3 : 2;
    const operator = ({ '==': '=', '<>': '!=' } as Record<string, string>)[operatorLexeme.text] ?? operatorLexeme.text.toLowerCase();
    const ignoreCase = isKeyword(peek(), 'IGNORECASE');
    if (ignoreCase) at++;
    const valueAt = peek().position;
    const { values, list } = operands();
    if (list && takesNoList.has(operator)) throw new ConditionError('listNotAllowed', valueAt);
    const sql = compare(field, operator, values, types.get(field) ?? 'STRING', ignoreCase);
    if (sql === null) throw new ConditionError('badValue', valueAt);
    return negated ? `NOT (${sql})` : sql;
  }

  /** `Field exists`, `Field not exists`, `Field is empty`, `Field is not empty`. */
  function presenceTest(field: string): string | null {
    const words = [1, 2, 3].map((ahead) => (peek(ahead).kind === 'word' ? peek(ahead).text.toLowerCase() : ''));
    const present = filled(field, types.get(field) ?? 'STRING');
    const forms: [string[], boolean][] = [[['exists'], true], [['not', 'exists'], false], [['is', 'empty'], false], [['is', 'not', 'empty'], true]];
    for (const [form, wanted] of forms) {
      if (!form.every((word, index) => words[index] === word)) continue;
      at += 1 + form.length;
      return wanted ? present : `NOT (${present})`;
    }
    return null;
  }

  function operands(): { values: string[]; list: boolean } {
    const first = peek();
    if (first.kind !== 'openList' && first.kind !== 'open') return { values: [operand()], list: false };
    const close: Kind = first.kind === 'open' ? 'close' : 'closeList';
    at++;
    const values: string[] = [];
    while (peek().kind !== close) {
      values.push(operand());
      if (peek().kind === 'comma') at++;
      else if (peek().kind !== close) throw new ConditionError('unclosedList', peek().position);
    }
    at++;
    if (values.length === 0) throw new ConditionError('emptyList', first.position);
    return { values, list: true };
  }

  function operand(): string {
    const lexeme = peek();
    if (lexeme.kind !== 'word' && lexeme.kind !== 'text') throw new ConditionError('valueExpected', lexeme.position);
    at++;
    return lexeme.text;
  }

  const sql = disjunction(0);
  if (peek().kind !== 'end') throw new ConditionError('unexpected', peek().position);
  return sql;
}
