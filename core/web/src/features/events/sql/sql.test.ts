import { describe, expect, it } from 'vitest';
import type { FieldType } from '@/api/types';
import { decodeFilter, encodeFilter, filterSql, newFilter, addFilter } from '../filters';
import { eventsByIdSql, fillSql, histogramSql, searchSql, topValuesSql, whereOf } from './build';
import { ConditionError, conditionToSql } from './condition';
import { addCondition, inspect } from './inspect';
import { identifier, literal } from './quote';

const types = new Map<string, FieldType>([
  ['SourceAddress', 'STRING'],
  ['Message', 'STRING'],
  ['Raw', 'STRING'],
  ['DestinationPort', 'INTEGER'],
  ['SourceLatitude', 'FLOAT'],
  ['Timestamp', 'TIMESTAMP'],
  ['BaseEventIDs', 'STRING_ARRAY'],
]);
const sql = (text: string) => conditionToSql(text, types);

describe('quoting', () => {
  it('keeps a value inside its quotes', () => {
    expect(literal("a' OR 1=1 --")).toBe("'a\\' OR 1=1 --'");
    expect(literal("\\' OR 1")).toBe("'\\\\\\' OR 1'");
    expect(literal('line\nbreak\t\0')).toBe("'line\\nbreak\\t\\0'");
  });

  it('keeps a name inside its backquotes', () => {
    expect(identifier('SourceAddress')).toBe('SourceAddress');
    expect(identifier('weird`; DROP')).toBe('`weird\\`; DROP`');
    expect(identifier("Extra.a'b")).toBe("Extra['a\\'b']");
  });
});

describe('conditionToSql', () => {
  it('searches bare words in the raw text, each of them', () => {
    expect(sql('failed')).toBe("(Raw ILIKE '%failed%' OR Message ILIKE '%failed%')");
    expect(sql('failed root')?.split(' AND ').length).toBe(2);
    expect(sql('"failed root"')).toBe(
      "((Raw ILIKE '%failed%' AND positionCaseInsensitive(Raw, 'failed root') > 0) OR (Message ILIKE '%failed%' AND positionCaseInsensitive(Message, 'failed root') > 0))",
    );
    expect(sql('x%_')).toBe("(positionCaseInsensitive(Raw, 'x%_') > 0 OR positionCaseInsensitive(Message, 'x%_') > 0)");
    expect(sql('ошибка')).toContain('positionCaseInsensitiveUTF8');
  });

  it('compares fields by their type, whatever the case of the name', () => {
    expect(sql('sourceaddress = 10.0.0.1')).toBe("SourceAddress = '10.0.0.1'");
    expect(sql('DestinationPort >= 1024')).toBe('DestinationPort >= 1024');
    expect(sql('DestinationPort in [22, 2222]')).toBe('DestinationPort IN (22, 2222)');
    expect(sql("SourceAddress = ['a', \"b\"]")).toBe("SourceAddress IN ('a', 'b')");
    expect(sql('BaseEventIDs = x')).toBe("has(BaseEventIDs, 'x')");
    expect(sql('SourceAddress != x')).toBe("SourceAddress != 'x'");
    expect(sql('Message contains fail')).toBe("Message LIKE '%fail%'");
    expect(sql('Message contains "a fail: b"')).toBe("(Message LIKE '%fail%' AND position(Message, 'a fail: b') > 0)");
    expect(sql('SourceAddress contains fail')).toBe("position(SourceAddress, 'fail') > 0");
    expect(sql('Message match "a.*"')).toBe("match(Message, '^(?:a.*)$')");
    expect(sql('Message search ignoreCase [a, b]')).toBe("(match(Message, '(?i)a') OR match(Message, '(?i)b'))");
    expect(sql('Message = ignoreCase FAIL')).toBe("lowerUTF8(Message) = 'fail'");
    expect(sql('DestinationPort hasBit [0, 3]')).toBe('bitTestAny(DestinationPort, 0, 3)');
    expect(sql('Message exists AND Raw is empty')).toBe("Message != '' AND NOT (Raw != '')");
    expect(sql('Extra.unit = ssh')).toBe("Extra['unit'] = 'ssh'");
  });

  it('keeps the order of AND, OR, NOT and parentheses', () => {
    expect(sql('DestinationPort = 1 AND DestinationPort = 2 OR DestinationPort = 3')).toBe(
      '(DestinationPort = 1 AND DestinationPort = 2 OR DestinationPort = 3)',
    );
    expect(sql('DestinationPort = 1 AND (DestinationPort = 2 OR DestinationPort = 3)')).toBe(
      'DestinationPort = 1 AND ((DestinationPort = 2 OR DestinationPort = 3))',
    );
    expect(sql('NOT DestinationPort = 1 DestinationPort = 2')).toBe('NOT (DestinationPort = 1) AND DestinationPort = 2');
    expect(sql('Message not contains x')).toBe("NOT (position(Message, 'x') > 0)");
  });

  it('never throws on a text that is no address', () => {
    expect(sql('SourceAddress inSubnet 10.0.0.0/8')).toContain("isIPAddressInRange(if((isIPv4String");
  });

  it('says where a mistake is', () => {
    const fails = (text: string) => {
      try {
        sql(text);
      } catch (error) {
        if (error instanceof ConditionError) return [error.message, error.position];
      }
      return null;
    };
    expect(fails('Nonsense = 1')).toEqual(['unknownField', 0]);
    expect(fails('DestinationPort = abc')).toEqual(['badValue', 18]);
    expect(fails('"open')).toEqual(['unclosedQuote', 0]);
    expect(fails('(a')).toEqual(['unclosedParenthesis', 2]);
    expect(fails('a AND')).toEqual(['unexpectedEnd', 5]);
    expect(fails('a)')).toEqual(['unexpected', 1]);
    expect(fails('DestinationPort in []')).toEqual(['emptyList', 19]);
    expect(fails('!'.repeat(500) + 'a')?.[0]).toBe('tooDeep');
  });

  it('leaves no quote open, whatever is typed (seeded)', () => {
    let seed = 20261122;
    const random = (bound: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % bound;
    const pieces = ["'", '"', '\\', ' ', '(', ')', '[', ']', ',', '=', '!', 'AND', 'OR', 'NOT', 'Message', 'x', '1', 'contains', '--', ';'];
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join(random(2) ? ' ' : '');
      try {
        const out = sql(text);
        if (out !== null) expect(inspect(`SELECT 1 FROM events WHERE ${out}`), text).not.toBeNull();
      } catch (error) {
        expect(error, text).toBeInstanceOf(ConditionError);
      }
    }
  });
});

describe('filters', () => {
  it('survive the URL', () => {
    for (const filter of [
      newFilter('SourceAddress', '10.0.0.1'),
      newFilter('Message', "a=b*c?d ~!'\n", true),
      newFilter('Extra.key', ''),
      { ...newFilter('DestinationPort', '22'), disabled: true, negated: true },
    ]) {
      expect(decodeFilter(encodeFilter(filter))).toEqual(filter);
    }
    expect(decodeFilter('nonsense')).toBeNull();
  });

  it('become SQL', () => {
    expect(filterSql(newFilter('SourceAddress', "o'hara"), types)).toBe("SourceAddress = 'o\\'hara'");
    expect(filterSql(newFilter('SourceAddress', 'x', true), types)).toBe("SourceAddress != 'x'");
    expect(filterSql(newFilter('BaseEventIDs', 'x', true), types)).toBe("NOT (has(BaseEventIDs, 'x'))");
    expect(filterSql(newFilter('DestinationPort', 'abc'), types)).toBeNull();
    expect(filterSql(newFilter('ID', '018bcfe5-6800-7000-8000-000000000000'), types)).toBe("ID = '018bcfe5-6800-7000-8000-000000000000'");
    expect(filterSql(newFilter('ID', 'x'), types)).toBeNull();
    expect(filterSql({ ...newFilter('ID', '018b'), operator: 'contains' }, types)).toBe("position(toString(ID), '018b') > 0");
    expect(filterSql({ ...newFilter('Message', 'x'), operator: 'exists', negated: false }, types)).toBe("Message != ''");
  });

  it('for and against the same value replace each other', () => {
    const first = addFilter([], newFilter('a', '1'));
    expect(addFilter(first, newFilter('a', '1', true))).toEqual([newFilter('a', '1', true)]);
    expect(addFilter(first, newFilter('a', '2'))).toHaveLength(2);
  });
});

describe('statements', () => {
  it('join pills and text', () => {
    expect(whereOf('', [], types)).toBeNull();
    expect(whereOf('DestinationPort = 1 OR DestinationPort = 2', [newFilter('SourceAddress', 'x')], types)).toBe(
      "SourceAddress = 'x' AND ((DestinationPort = 1 OR DestinationPort = 2))",
    );
    expect(whereOf('', [{ ...newFilter('SourceAddress', 'x'), disabled: true }], types)).toBeNull();
  });

  it('are what the server expects', () => {
    expect(searchSql(['Message', 'Timestamp', 'Extra.unit'], "Message != ''", { column: 'Timestamp', descending: true }, 5)).toBe(
      "SELECT ID, Timestamp, Type, Priority, Message, Extra['unit'] AS `Extra.unit` FROM events WHERE Message != '' ORDER BY Timestamp DESC, EntrySequence DESC LIMIT 5",
    );
    expect(histogramSql(null, 60)).toContain('toStartOfInterval(Timestamp, INTERVAL 60 SECOND)');
    expect(topValuesSql('BaseEventIDs', 'STRING_ARRAY', 'a = 1')).toContain('WHERE (a = 1) AND (notEmpty(BaseEventIDs))');
    expect(fillSql([{ name: 'Message', type: 'STRING' }], null, 10)).toBe(
      "SELECT count(), countIf(Message != '') FROM (SELECT Message FROM events ORDER BY Timestamp DESC LIMIT 10)",
    );
    expect(eventsByIdSql(['a-1', "b' OR 1"])).toContain("WHERE ID IN ('a-1') ORDER");
  });
});

describe('inspect', () => {
  it('finds the condition of a plain SELECT', () => {
    const found = inspect("SELECT * FROM events WHERE Name = 'ORDER BY x' AND (a OR b) ORDER BY Timestamp LIMIT 5");
    expect(found?.where).toBe("Name = 'ORDER BY x' AND (a OR b)");
    expect(found?.grouped).toBe(false);
    expect(inspect('select Name, count() from events group by Name')?.grouped).toBe(true);
    expect(inspect('SELECT * FROM events -- WHERE no\n')?.where).toBeNull();
  });

  it('is silent about what it cannot see through', () => {
    for (const text of ['', 'SHOW TABLES', 'SELECT 1', 'SELECT * FROM (SELECT 1)', 'SELECT * FROM events JOIN x USING a', "SELECT '", 'SELECT * FROM events; SELECT 2', 'WITH 1 AS x SELECT x FROM events', 'SELECT (1 FROM events']) {
      expect(inspect(text), text).toBeNull();
    }
  });

  it('adds a condition where it belongs', () => {
    expect(addCondition('SELECT * FROM events LIMIT 5', "a = 'x'")).toBe("SELECT * FROM events\nWHERE a = 'x'\nLIMIT 5");
    expect(addCondition('SELECT * FROM events WHERE b OR c LIMIT 5', 'a')).toBe('SELECT * FROM events WHERE (b OR c) AND a\nLIMIT 5');
    expect(inspect(addCondition('SELECT * FROM events;', 'a') ?? '')?.where).toBe('a');
    expect(addCondition('SELECT 1', 'a')).toBeNull();
  });
});
