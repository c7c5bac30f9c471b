import { compare, contains, filled, type FieldTypes } from './sql/predicate';
import { identifier } from './sql/quote';

export type FilterOperator = 'is' | 'contains' | 'exists';

/** One pill below the query. */
export interface Filter {
  field: string;
  operator: FilterOperator;
  value: string;
  negated: boolean;
  disabled: boolean;
}

const signs: Record<FilterOperator, string> = { is: '=', contains: '*', exists: '?' };
const operators = new Map(Object.entries(signs).map(([operator, sign]) => [sign, operator as FilterOperator]));

/** The short text of a pill in the URL: `~` disabled, `!` negated, then field, sign and value. */
export function encodeFilter(filter: Filter): string {
  return `${filter.disabled ? '~' : ''}${filter.negated ? '!' : ''}${filter.field}${signs[filter.operator]}${filter.value}`;
}

export function decodeFilter(text: string): Filter | null {
  const match = /^(~?)(!?)([^=*?~!]+)([=*?])([\s\S]*)$/.exec(text);
  if (!match) return null;
  const operator = operators.get(match[4] ?? '');
  if (!operator) return null;
  return { field: match[3] ?? '', operator, value: match[5] ?? '', negated: match[2] === '!', disabled: match[1] === '~' };
}

export function newFilter(field: string, value: string, negated = false): Filter {
  return { field, operator: value === '' ? 'exists' : 'is', value, negated: value === '' ? !negated : negated, disabled: false };
}

export function sameTarget(a: Filter, b: Filter): boolean {
  return a.field === b.field && a.operator === b.operator && a.value === b.value;
}

/** Adds a pill; the same pill with another sign is replaced, not doubled. */
export function addFilter(filters: readonly Filter[], filter: Filter): Filter[] {
  const at = filters.findIndex((other) => sameTarget(other, filter));
  if (at < 0) return [...filters, filter];
  return filters.map((other, index) => (index === at ? filter : other));
}

/** The SQL of a pill; null when its value does not fit the type of the field. */
export function filterSql(filter: Filter, types: FieldTypes): string | null {
  const type = types.get(filter.field) ?? 'STRING';
  let sql: string | null;
  switch (filter.operator) {
    case 'is':
      if (filter.negated && type !== 'STRING_ARRAY') return compare(filter.field, '!=', [filter.value], type);
      sql = compare(filter.field, '=', [filter.value], type);
      break;
    case 'contains':
      sql = type === 'STRING' && filter.field !== 'ID' ? contains([identifier(filter.field)], filter.value) : compare(filter.field, 'contains', [filter.value], type);
      break;
    case 'exists':
      sql = filled(filter.field, type);
      break;
  }
  return sql !== null && filter.negated ? `NOT (${sql})` : sql;
}
