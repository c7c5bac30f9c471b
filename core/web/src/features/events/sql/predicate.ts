import type { FieldType } from '@/api/types';
import { identifier, literal, numberLiteral } from './quote';

export type FieldTypes = ReadonlyMap<string, FieldType>;

/** The one column that is a UUID in the store: it compares with a whole identifier only, its text has to be made first. */
const uuidColumn = 'ID';
/** Shorter ones are in too many words to be worth a look at all of them. */
const shortestIndexedWord = 3;
const uuid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** A comparison of one field; null when a value does not fit the type of the field. Operators are in lower case. */
export function compare(field: string, operator: string, values: readonly string[], type: FieldType, ignoreCase = false): string | null {
  const column = identifier(field);
  const value = values[0] ?? '';
  if (field === uuidColumn && ['=', 'in', '!='].includes(operator) && !values.every((one) => uuid.test(one))) return null;
  const texts = (test: (text: string, value: string) => string) => {
    const tests = values.map((one) => overText(column, type, (text) => test(ignoreCase ? `lowerUTF8(${text})` : text, literal(ignoreCase ? one.toLowerCase() : one))));
    return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`;
  };
  const patterns = (shape: (pattern: string) => string) => {
    const tests = values.map((one) => overText(column, type, (text) => `match(${text}, ${literal((ignoreCase ? '(?i)' : '') + shape(one))})`));
    return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`;
  };
  switch (operator) {
    case '=':
    case 'in':
      return ignoreCase && type === 'STRING' ? texts((text, constant) => `${text} = ${constant}`) : equal(column, values, type);
    case '!=': {
      const same = compare(field, '=', values, type, ignoreCase);
      if (same === null) return null;
      return values.length === 1 && type !== 'STRING_ARRAY' && !ignoreCase ? same.replace(`${column} = `, `${column} != `) : `NOT (${same})`;
    }
    case '>':
    case '>=':
    case '<':
    case '<=': {
      const constant = constantOf(value, type);
      return constant === null || type === 'STRING_ARRAY' ? null : `${column} ${operator} ${constant}`;
    }
    case 'contains':
      if (hasWordIndex(field) && !ignoreCase) {
        const tests = values.map((one) => part(column, one, 'LIKE', 'position'));
        return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`;
      }
      return texts((text, constant) => `position(${text}, ${constant}) > 0`);
    case 'startswith':
      return texts((text, constant) => `startsWith(${text}, ${constant})`);
    case 'endswith':
      return texts((text, constant) => `endsWith(${text}, ${constant})`);
    case 'match':
      return patterns((pattern) => `^(?:${pattern})$`);
    case 'search':
      return patterns((pattern) => pattern);
    case 'insubnet': {
      if (type !== 'STRING' || !values.every((one) => /^[0-9a-fA-F.:]+\/\d{1,3}$/.test(one))) return null;
      const tests = values.map((one) => inSubnet(column, one));
      return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`;
    }
    case 'hasbit': {
      if (type !== 'INTEGER' || !values.every((one) => /^\d{1,2}$/.test(one) && Number(one) < 64)) return null;
      return `bitTestAny(${column}, ${values.join(', ')})`;
    }
    default:
      return null;
  }
}

function equal(column: string, values: readonly string[], type: FieldType): string | null {
  const constants: string[] = [];
  for (const value of values) {
    const constant = constantOf(value, type);
    if (constant === null) return null;
    constants.push(constant);
  }
  if (type === 'STRING_ARRAY') {
    return constants.length === 1 ? `has(${column}, ${constants[0]})` : `hasAny(${column}, [${constants.join(', ')}])`;
  }
  return constants.length === 1 ? `${column} = ${constants[0]}` : `${column} IN (${constants.join(', ')})`;
}

function constantOf(value: string, type: FieldType): string | null {
  switch (type) {
    case 'STRING':
    case 'STRING_ARRAY':
      return literal(value);
    case 'INTEGER':
      return /^[+-]?\d{1,19}$/.test(value.trim()) ? numberLiteral(value) : null;
    case 'FLOAT':
      return numberLiteral(value);
    case 'TIMESTAMP': {
      const moment = /^\d{12,14}$/.test(value) ? Number(value) : Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(' ', 'T')}Z`);
      return Number.isFinite(moment) ? `fromUnixTimestamp64Milli(toInt64(${moment}), 'UTC')` : null;
    }
  }
}

/** A test of text: an array matches when one of its elements does, a number by its digits. */
function overText(column: string, type: FieldType, test: (text: string) => string): string {
  if (type === 'STRING_ARRAY') return `arrayExists(x -> ${test('x')}, ${column})`;
  return test(type === 'STRING' && column !== uuidColumn ? column : `toString(${column})`);
}

/** ClickHouse throws on a text that is no address, so other texts are replaced before the test. */
function inSubnet(column: string, subnet: string): string {
  const isAddress = `(isIPv4String(${column}) OR isIPv6String(${column}))`;
  return `(${isAddress} AND isIPAddressInRange(if(${isAddress}, ${column}, '::'), ${literal(subnet)}))`;
}

/** The columns whose words are indexed on days that are complete. */
function hasWordIndex(field: string): boolean {
  return field === 'Raw' || field === 'Message';
}

/**
 * Whether the column holds the text. The index answers for one word, given as a pattern; more than a word is looked for only where its
 * longest word stands.
 */
function part(column: string, text: string, like: 'LIKE' | 'ILIKE', fn: string): string {
  const words = text.match(/[0-9A-Za-z]+/g) ?? [];
  const longest = words.reduce((best, word) => (word.length > best.length ? word : best), '');
  if (longest.length < shortestIndexedWord) return `${fn}(${column}, ${literal(text)}) > 0`;
  const word = `${column} ${like} '%${longest}%'`;
  return longest === text ? word : `(${word} AND ${fn}(${column}, ${literal(text)}) > 0)`;
}

/** Whether any of the columns holds the text, without regard to case. */
export function contains(columns: readonly string[], text: string): string {
  // The UTF-8 function is several times slower and only needed for other alphabets.
  const ascii = [...text].every((char) => char.charCodeAt(0) < 128);
  const fn = ascii ? 'positionCaseInsensitive' : 'positionCaseInsensitiveUTF8';
  const tests = columns.map((column) => (ascii && hasWordIndex(column) ? part(column, text, 'ILIKE', fn) : `${fn}(${column}, ${literal(text)}) > 0`));
  return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`;
}

/** Whether the field holds anything: the store keeps an absent value as the empty or zero value of its type. */
export function filled(field: string, type: FieldType): string {
  const column = identifier(field);
  if (field === uuidColumn) return '1';
  switch (type) {
    case 'STRING':
      return `${column} != ''`;
    case 'STRING_ARRAY':
      return `notEmpty(${column})`;
    case 'INTEGER':
    case 'FLOAT':
      return `isNotNull(nullIf(${column}, 0))`;
    case 'TIMESTAMP':
      return `isNotNull(nullIf(toUnixTimestamp64Milli(${column}), 0))`;
  }
}
