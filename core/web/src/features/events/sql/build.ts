import type { FieldType } from '@/api/types';
import { filterSql, type Filter } from '../filters';
import { conditionToSql } from './condition';
import { filled, type FieldTypes } from './predicate';
import { identifier } from './quote';

export interface Sort {
  column: string;
  descending: boolean;
}

/** Columns that every simple search reads: the key of the row, and what its colour and icon are made of. */
export const serviceColumns = ['ID', 'Timestamp', 'Type', 'Priority'] as const;

/** Pills and text condition as one expression, null for "everything". Throws `ConditionError`. */
export function whereOf(text: string, filters: readonly Filter[], types: FieldTypes): string | null {
  const parts: string[] = [];
  for (const filter of filters) {
    if (filter.disabled) continue;
    const sql = filterSql(filter, types);
    if (sql !== null) parts.push(sql);
  }
  const condition = conditionToSql(text, types);
  if (condition !== null) parts.push(parts.length > 0 ? `(${condition})` : condition);
  return parts.length > 0 ? parts.join(' AND ') : null;
}

function whereClause(...conditions: (string | null)[]): string {
  const parts = conditions.filter((condition) => condition !== null);
  if (parts.length === 0) return '';
  return ` WHERE ${parts.length === 1 ? parts[0] : parts.map((part) => `(${part})`).join(' AND ')}`;
}

export function searchSql(columns: readonly string[], where: string | null, sort: Sort, limit: number): string {
  const chosen = columns.filter((column) => !(serviceColumns as readonly string[]).includes(column));
  const list = [...serviceColumns, ...chosen].map((column) => selectItem(column)).join(', ');
  const direction = sort.descending ? 'DESC' : 'ASC';
  // Many events come in within a millisecond; their running number keeps them in the order in which they came.
  const order = [sort.column, ...(sort.column === 'Timestamp' ? ['EntrySequence'] : [])].map((column) => `${identifier(column)} ${direction}`).join(', ');
  return `SELECT ${list} FROM events${whereClause(where)} ORDER BY ${order} LIMIT ${limit}`;
}

/** A key of a map keeps the name that the person chose. */
function selectItem(column: string): string {
  const sql = identifier(column);
  return sql.includes('[') ? `${sql} AS \`${column.replaceAll('`', '')}\`` : sql;
}

/** Counts per bar: all events and, of these, correlation events. */
export function histogramSql(where: string | null, seconds: number): string {
  return (
    `SELECT toUnixTimestamp(toStartOfInterval(Timestamp, INTERVAL ${seconds} SECOND)) AS bar, count() AS events, countIf(Type = 3) AS hits ` +
    `FROM events${whereClause(where)} GROUP BY bar ORDER BY bar LIMIT 10000`
  );
}

/** The ten most frequent values of a field, with the number of filled events and of distinct values. */
export function topValuesSql(field: string, type: FieldType, where: string | null): string {
  const column = identifier(field);
  const value = type === 'STRING_ARRAY' ? `arrayJoin(${column})` : type === 'STRING' && field !== 'ID' ? column : `toString(${column})`;
  return (
    `SELECT ${value} AS value, count() AS events, sum(count()) OVER () AS filled, count() OVER () AS variants ` +
    `FROM events${whereClause(where, filled(field, type))} GROUP BY value ORDER BY events DESC, value LIMIT 10`
  );
}

/** How many of the newest `sample` events fill each field; one row, one column a field, in the order given. */
export function fillSql(fields: readonly { name: string; type: FieldType }[], where: string | null, sample: number): string {
  const counts = fields.map((field) => `countIf(${filled(field.name, field.type)})`).join(', ');
  const columns = fields.map((field) => identifier(field.name)).join(', ');
  return `SELECT count(), ${counts} FROM (SELECT ${columns} FROM events${whereClause(where)} ORDER BY Timestamp DESC LIMIT ${sample})`;
}

export function eventsByIdSql(ids: readonly string[]): string {
  const list = ids.filter((id) => /^[0-9A-Za-z-]{1,64}$/.test(id)).map((id) => `'${id}'`);
  return (
    `SELECT ID, Timestamp, DeviceReceiptTime, Type, Priority, DeviceHostName, DeviceProcessName, Name, SourceAddress, SourceUserName, DestinationUserName, ` +
    `DestinationAddress, Message, Raw FROM events WHERE ID IN (${list.join(', ')}) ORDER BY Timestamp, ID LIMIT 1000`
  );
}
