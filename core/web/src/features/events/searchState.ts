import { defaultRange, type Range } from '@/shared/time/range';
import { decodeFilter, encodeFilter, type Filter } from './filters';
import type { Sort } from './sql/build';

export type Mode = 'simple' | 'sql';
export type DetailTab = 'fields' | 'raw' | 'json' | 'way';

/** Everything the events screen shows follows from this; it lives in the URL. */
export interface SearchState {
  mode: Mode;
  text: string;
  sql: string;
  filters: Filter[];
  range: Range;
  columns: string[];
  sort: Sort;
  limit: number;
  /** The opened event. */
  event: string | null;
  tab: DetailTab;
  /** Runs again by itself every few seconds. */
  live: boolean;
}

/** The search parameters as they stand in the URL; what has its default is absent. */
export interface EventsParams {
  mode?: string;
  q?: string;
  sql?: string;
  f?: string[];
  from?: string;
  to?: string;
  c?: string;
  sort?: string;
  n?: string;
  event?: string;
  tab?: string;
  live?: string;
}

export const defaultColumns: readonly string[] = [
  'DeviceHostName', 'DeviceProcessName', 'Name', 'SourceAddress', 'Message',
];
export const limits = [200, 500, 2000, 10_000] as const;
export const defaultLimit = 500;
export const defaultSort: Sort = { column: 'Timestamp', descending: true };

export function readState(params: EventsParams): SearchState {
  const filters = (params.f ?? []).map(decodeFilter).filter((filter) => filter !== null);
  const columns = params.c === undefined ? [...defaultColumns] : params.c.split(',').filter(Boolean);
  const limit = Number(params.n);
  return {
    mode: params.mode === 'sql' ? 'sql' : 'simple',
    text: params.q ?? '',
    sql: params.sql ?? '',
    filters,
    range: { from: params.from ?? defaultRange.from, to: params.to ?? defaultRange.to },
    columns: [...new Set(columns)],
    sort: readSort(params.sort),
    limit: Number.isInteger(limit) && limit > 0 && limit <= 10_000 ? limit : defaultLimit,
    event: params.event ?? null,
    tab: params.tab === 'raw' || params.tab === 'json' || params.tab === 'way' ? params.tab : 'fields',
    live: params.live === '1',
  };
}

function readSort(text: string | undefined): Sort {
  if (!text) return defaultSort;
  const descending = text.startsWith('-');
  return { column: descending ? text.slice(1) : text, descending };
}

export function writeState(state: SearchState): EventsParams {
  const params: EventsParams = {};
  if (state.mode !== 'simple') params.mode = state.mode;
  if (state.text) params.q = state.text;
  if (state.sql) params.sql = state.sql;
  if (state.filters.length > 0) params.f = state.filters.map(encodeFilter);
  if (state.range.from !== defaultRange.from) params.from = state.range.from;
  if (state.range.to !== defaultRange.to) params.to = state.range.to;
  if (state.columns.join() !== defaultColumns.join()) params.c = state.columns.join(',');
  if (state.sort.column !== defaultSort.column || state.sort.descending !== defaultSort.descending) {
    params.sort = `${state.sort.descending ? '-' : ''}${state.sort.column}`;
  }
  if (state.limit !== defaultLimit) params.n = String(state.limit);
  if (state.event) params.event = state.event;
  if (state.tab !== 'fields') params.tab = state.tab;
  if (state.live) params.live = '1';
  return params;
}
