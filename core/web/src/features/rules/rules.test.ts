import { describe, expect, it } from 'vitest';
import type { Rule } from '@/api/rules';
import { byNeed, formatNanos, groupFields, needsLook, passes, selectorsOf, verdict } from './rulesState';

const rule = (name: string, change: Partial<Rule> = {}): Rule => ({
  id: name,
  name,
  kind: 'simple',
  source: 'own',
  priority: 2,
  enabled: true,
  hits: 0,
  lastHit: null,
  mitre: [],
  file: `rules/${name}.yaml`,
  line: 1,
  segmentations: ['default'],
  work: { keys: 0, heldBytes: 0, evictedKeys: 0, lateEvents: 0, rateLimited: 0 },
  coverage: { state: 'can-fire', missing: [], sourceEvents: 1, lastSource: 1, observedPercent: 100 },
  cost: null,
  quarantine: null,
  ...change,
});

describe('rules', () => {
  it('come with those first that need a hand', () => {
    const silent = rule('a', { coverage: { state: 'source-silent', missing: [], sourceEvents: 0, lastSource: null, observedPercent: 100 } });
    const starved = rule('b', { coverage: { state: 'starved', missing: ['FileHash'], sourceEvents: 5, lastSource: 1, observedPercent: 100 } });
    const costly = rule('c', { cost: { nanosPerEvent: 9, corePercent: 40, costly: true } });
    const stopped = rule('d', { enabled: false, quarantine: { since: 1, reason: 'x' } });
    const fires = rule('e', { hits: 3 });
    expect([silent, fires, starved, costly, stopped].toSorted(byNeed).map((one) => one.id)).toEqual(['d', 'c', 'b', 'e', 'a']);
    expect([silent, fires, starved, costly, stopped].filter(needsLook).length).toBe(3);
    expect(verdict(stopped)).toBe('quarantined');
    expect(passes(fires, 'hits') && !passes(silent, 'hits') && passes(silent, 'source-silent') && passes(starved, undefined)).toBe(true);
  });

  it('tell what each selector counted', () => {
    expect(selectorsOf('failed 8 of 8, signed in 1')).toEqual([
      { alias: 'failed', count: 8, needed: 8 },
      { alias: 'signed in', count: 1, needed: null },
    ]);
    expect(selectorsOf('')).toEqual([]);
  });

  it('read groups and costs', () => {
    expect(groupFields('SourceAddress=10.0.0.1\nName=a=b\n')).toEqual([['SourceAddress', '10.0.0.1'], ['Name', 'a=b']]);
    expect([formatNanos(3.14), formatNanos(250), formatNanos(2500), formatNanos(3_200_000)]).toEqual(['3.1 ns', '250 ns', '2.5 µs', '3.2 ms']);
  });
});
