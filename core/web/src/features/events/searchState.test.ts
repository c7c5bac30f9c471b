import { describe, expect, it } from 'vitest';
import { parseParams, stringifyParams, many, one } from '@/shared/urlText';
import { newFilter } from './filters';
import { defaultColumns, readState, writeState, type EventsParams, type SearchState } from './searchState';

function throughUrl(state: SearchState): SearchState {
  const raw = parseParams(stringifyParams({ ...writeState(state) }));
  const params: EventsParams = { ...Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, one(value)])), f: many(raw.f) };
  return readState(params);
}

describe('the state of the events screen', () => {
  it('is the default for an empty address, and the default needs no address', () => {
    const state = readState({});
    expect(state.columns).toEqual(defaultColumns);
    expect(state.range).toEqual({ from: 'now-24h', to: 'now' });
    expect(writeState(state)).toEqual({});
  });

  it('survives the address', () => {
    const state: SearchState = {
      mode: 'sql',
      text: 'failed & "x=1" #100% + ?',
      sql: "SELECT * FROM events WHERE Name = 'a\nb'",
      filters: [newFilter('SourceAddress', '10.0.0.1'), newFilter('Message', 'a,b=&', true)],
      range: { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' },
      columns: ['Message', 'Extra.key'],
      sort: { column: 'BytesIn', descending: false },
      limit: 2000,
      event: 'abc-1',
      tab: 'raw', live: true,
    };
    expect(throughUrl(state)).toEqual(state);
  });

  it('ignores nonsense in the address', () => {
    const state = readState({ mode: 'x', n: '-5', tab: 'x', f: ['', '='] });
    expect(state).toEqual({ ...readState({}), filters: [] });
  });
});
