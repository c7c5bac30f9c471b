/**
 * Finds the clauses of a SELECT without understanding its expressions: strings, comments and parentheses are skipped, the keywords
 * at depth 0 are kept. Used to draw a histogram for a statement that a person wrote, and to add a condition to it.
 */

interface Word {
  text: string;
  start: number;
  end: number;
}

export interface Inspection {
  /** The text between WHERE and the next clause; null when there is none. */
  where: string | null;
  /** Whether rows of the result are groups, not events. */
  grouped: boolean;
  whereStart: number;
  whereEnd: number;
  /** Where a WHERE clause would have to be inserted. */
  insertAt: number;
}

const clauseWords = ['FROM', 'PREWHERE', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'QUALIFY', 'ORDER', 'LIMIT', 'OFFSET', 'SETTINGS', 'FORMAT'];
const foreignWords = ['UNION', 'INTERSECT', 'EXCEPT', 'JOIN', 'WITH', 'PREWHERE', 'SAMPLE', 'FINAL', 'ARRAY'];

function topLevelWords(sql: string): Word[] | null {
  const words: Word[] = [];
  let depth = 0;
  let at = 0;
  while (at < sql.length) {
    const char = sql[at] as string;
    if (char === "'" || char === '`' || char === '"') {
      at++;
      while (at < sql.length && sql[at] !== char) at += sql[at] === '\\' ? 2 : 1;
      if (at >= sql.length) return null;
      at++;
    } else if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length : end;
    } else if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at);
      if (end < 0) return null;
      at = end + 2;
    } else if (/[A-Za-z_]/.test(char)) {
      const word = /^[A-Za-z0-9_.]+/.exec(sql.slice(at))?.[0] ?? char;
      if (depth === 0) words.push({ text: word.toUpperCase(), start: at, end: at + word.length });
      at += word.length;
    } else {
      if (char === '(' || char === '[') depth++;
      if (char === ')' || char === ']') depth--;
      if (depth < 0) return null;
      if (char === ';' && sql.slice(at + 1).trim()) return null;
      at++;
    }
  }
  return depth === 0 ? words : null;
}

/** Null unless the statement is one SELECT from the table `events` alone. */
export function inspect(sql: string): Inspection | null {
  const words = topLevelWords(sql);
  if (!words || words[0]?.text !== 'SELECT') return null;
  if (words.some((word, index) => index > 0 && (foreignWords.includes(word.text) || word.text === 'SELECT'))) return null;
  const fromIndex = words.findIndex((word) => word.text === 'FROM');
  const table = words[fromIndex + 1];
  const from = words[fromIndex];
  if (!from || table?.text !== 'EVENTS' || sql.slice(from.end, table.start).trim() !== '') return null;

  const clauses = words.filter((word, index) => index > fromIndex && clauseWords.includes(word.text));
  const where = clauses.find((word) => word.text === 'WHERE');
  const after = (start: number) => clauses.find((word) => word.start > start && word.text !== 'WHERE');
  const endOf = (start: number) => after(start)?.start ?? sql.replace(/[;\s]*$/, '').length;
  const insertAt = clauses[0] ? clauses[0].start : endOf(table.end);
  const whereStart = where ? where.end : insertAt;
  const whereEnd = where ? endOf(where.end) : insertAt;
  const select = words.slice(1, fromIndex).map((word) => word.text);
  return {
    where: where ? sql.slice(where.end, whereEnd).trim() || null : null,
    grouped: clauses.some((word) => word.text === 'GROUP') || select.includes('DISTINCT') || select.some((word) => /^(COUNT|SUM|AVG|MIN|MAX|UNIQ|UNIQEXACT|QUANTILE|ANY)$/.test(word)),
    whereStart,
    whereEnd,
    insertAt,
  };
}

/** The statement with one more condition; null when `inspect` cannot see its clauses. */
export function addCondition(sql: string, condition: string): string | null {
  const found = inspect(sql);
  if (!found) return null;
  if (found.where !== null) {
    const wrapped = /\bOR\b/i.test(found.where) ? `(${found.where})` : found.where;
    return `${sql.slice(0, found.whereStart)} ${wrapped} AND ${condition}\n${sql.slice(found.whereEnd)}`.trimEnd();
  }
  const head = sql.slice(0, found.insertAt).trimEnd();
  const tail = sql.slice(found.insertAt);
  return `${head}\nWHERE ${condition}\n${tail}`.trimEnd();
}
