import { describe, expect, it } from 'vitest';
import type { Table, TableRow } from '@/api/tables';
import { byNeed, draftsOf, fill, formatOf, passes, valueColumns, valuesOf } from './listsState';

const table = (name: string, change: Partial<Table> = {}): Table => ({
  name,
  correlator: 'local',
  kind: 'active-list',
  description: '',
  scope: 'correlator',
  ttlMillis: 0,
  maximumRecords: 100,
  records: 25,
  bytes: 0,
  evicted: 0,
  refused: 0,
  expired: 0,
  writtenAt: null,
  fields: [],
  file: null,
  ...change,
});

const row = (values: Record<string, string[]>): TableRow => ({ key: ['a'], values, updates: 0, createdAt: 1, updatedAt: 1, expiresAt: null });

describe('lists', () => {
  it('come with those first that lost records, then those that change', () => {
    const fixed = table('a', { kind: 'dictionary', maximumRecords: 0 });
    const full = table('z', { evicted: 3 });
    const plain = table('m');
    expect([fixed, plain, full].toSorted(byNeed).map((one) => one.name)).toEqual(['z', 'm', 'a']);
    expect([fixed, plain, full].filter((one) => passes(one, 'full'))).toEqual([full]);
    expect([fixed, plain, full].filter((one) => passes(one, 'fixed'))).toEqual([fixed]);
    expect([fill(plain), fill(fixed)]).toEqual([0.25, 0]);
  });

  it('send what a person wrote: a value a line, nothing without a name', () => {
    expect(valuesOf([['by', 'anna'], ['ports', '22\n\n80'], ['', 'x'], ['note', '']])).toEqual({ by: ['anna'], ports: ['22', '80'] });
    expect(draftsOf(table('free'), row({ ports: ['22', '80'] }))).toEqual([['ports', '22\n80']]);
    expect(draftsOf(table('free'), null)).toEqual([['', '']]);
  });

  it('show declared fields in their order, present or not', () => {
    const users = table('users', {
      kind: 'context-table',
      fields: [
        { name: 'user', type: 'string', list: false, key: true },
        { name: 'hits', type: 'integer', list: false, key: false },
        { name: 'hosts', type: 'string', list: true, key: false },
      ],
    });
    expect(valueColumns(users).map((field) => field.name)).toEqual(['hits', 'hosts']);
    expect(draftsOf(users, row({ hosts: ['a'] }))).toEqual([['hits', ''], ['hosts', 'a']]);
  });

  it('tell the format by the end of the name', () => {
    expect(['a.CSV', 'a.tsv', 'a.ndjson', 'a.json', 'a'].map(formatOf)).toEqual(['csv', 'tsv', 'jsonl', 'jsonl', 'csv']);
  });
});
