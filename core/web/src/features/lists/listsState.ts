import type { Table, TableField, TableFormat, TableRow } from '@/api/tables';

export interface ListsParams {
  /** Name of the open list. */
  list?: string;
  /** Its correlator; without it the one of this process. */
  at?: string;
  /** What is shown: `full`, `changing` or `fixed`; all without it. */
  only?: string;
  q?: string;
  /** What is looked for in the records. */
  find?: string;
}

export const local = 'local';

/** Whose records these are, as a key of the texts; null when it need not be said. */
export function whose(table: Table, several: boolean): 'shared' | 'sharedAt' | 'ofLocal' | 'ofOther' | null {
  if (table.scope === 'shared') return table.correlator === local ? 'shared' : 'sharedAt';
  return several ? (table.correlator === local ? 'ofLocal' : 'ofOther') : null;
}

/** True when people and rules change its records. */
export function changes(table: Table): boolean {
  return table.kind === 'active-list' || table.kind === 'context-table';
}

export const filters = ['full', 'changing', 'fixed'] as const;
export type ListFilter = (typeof filters)[number];

export function passes(table: Table, filter: string | undefined): boolean {
  switch (filter) {
    case 'full':
      return table.evicted > 0;
    case 'changing':
      return changes(table);
    case 'fixed':
      return !changes(table);
    default:
      return true;
  }
}

/** Those that lost something first, then those that change, by name. */
export function byNeed(a: Table, b: Table): number {
  return Number(b.evicted > 0) - Number(a.evicted > 0) || Number(changes(b)) - Number(changes(a)) || a.name.localeCompare(b.name) || a.correlator.localeCompare(b.correlator);
}

/** How full a list is, 0 to 1; 0 when it has no bound. */
export function fill(table: Table): number {
  return table.maximumRecords > 0 ? Math.min(1, table.records / table.maximumRecords) : 0;
}

const mostColumns = 8;

/** The columns behind the key; none when the fields are free or too many to stand side by side. */
export function valueColumns(table: Table): TableField[] {
  const fields = table.fields.filter((field) => !field.key);
  return fields.length <= mostColumns ? fields : [];
}

/** Names of the parts of a key; empty when its parts have no names. */
export function keyNames(table: Table): string[] {
  return table.fields.filter((field) => field.key).map((field) => field.name);
}

export function keyOf(row: TableRow): string {
  return row.key.join('\u001f');
}

/** A field while a person writes it: one value a line. */
export type Draft = [field: string, text: string];

export function draftsOf(table: Table, row: TableRow | null): Draft[] {
  const declared = table.fields.filter((field) => !field.key).map((field): Draft => [field.name, (row?.values[field.name] ?? []).join('\n')]);
  if (table.fields.length > 0) return declared;
  const free = Object.entries(row?.values ?? {}).map(([name, items]): Draft => [name, items.join('\n')]);
  return free.length > 0 ? free : [['', '']];
}

/** What is sent of it: fields without a name or a value are left out. */
export function valuesOf(drafts: readonly Draft[]): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const [name, text] of drafts) {
    const items = text.split('\n').filter((item) => item !== '');
    if (name.trim() && items.length > 0) out[name.trim()] = items;
  }
  return out;
}

/** How a file is written, by the end of its name. */
export function formatOf(fileName: string): TableFormat {
  const end = fileName.toLowerCase();
  if (end.endsWith('.tsv')) return 'tsv';
  return /\.(jsonl|ndjson|json)$/.test(end) ? 'jsonl' : 'csv';
}
