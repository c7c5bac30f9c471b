import { describe, expect, it } from 'vitest';
import type { Source } from '@/api/types';
import { bySeverity, droppedTotal, formatRate, formatShare, microsPerEvent, normalizerName, silence, verdict } from './sourcesState';

const now = 1_790_000_000_000;
const well: Source = {
  id: 'a', source: '10.0.0.1', firstSeen: now - 3_600_000, lastSeen: now - 1000, events: 3600, parsed: 3600, partial: 0, failed: 0, missing: 0, successPercent: 100, recentSuccessPercent: 100, eventsPerSecond: 1,
  normalizers: [{ name: 'auto/syslog/sshd', events: 3600 }], sampledEvents: 3600, fadedFields: [],
};

describe('a source', () => {
  it('is bad when it is hardly understood now, whatever it was', () => {
    expect(verdict(well, now)).toBe('well');
    expect(verdict({ ...well, successPercent: 99.9, recentSuccessPercent: 3 }, now)).toBe('bad');
    expect(verdict({ ...well, successPercent: 40, recentSuccessPercent: null }, now)).toBe('bad');
  });

  it('needs a look when it has errors, lost a field or fell silent', () => {
    expect(verdict({ ...well, successPercent: 98 }, now)).toBe('warn');
    expect(verdict({ ...well, fadedFields: ['SourceUserName'] }, now)).toBe('warn');
    expect(verdict({ ...well, lastSeen: now - 3_000_000 }, now)).toBe('warn');
  });

  it('is silent only when it used to send more often', () => {
    expect(silence(well, now)).toBeNull();
    expect(silence({ ...well, lastSeen: now - 1_200_000 }, now)).toBe(1_200_000);
    expect(silence({ ...well, events: 30, firstSeen: now - 86_400_000, lastSeen: now - 1_200_000 }, now)).toBeNull();
    expect(silence({ ...well, events: 2, lastSeen: now - 1_200_000 }, now)).toBeNull();
  });

  it('stands before those that are well', () => {
    const bad = { ...well, id: 'b', recentSuccessPercent: 0 };
    const loud = { ...well, id: 'c', eventsPerSecond: 500 };
    expect([well, loud, bad].toSorted(bySeverity(now)).map((source) => source.id)).toEqual(['b', 'c', 'a']);
  });
});

describe('a figure', () => {
  it('never says all of what is not whole', () => {
    expect([0, 0.01, 12.34, 99.95, 100].map(formatShare)).toEqual(['0 %', '< 0.1 %', '12.3 %', '> 99.9 %', '100 %']);
    expect([0, 0.02, 3.21, 45.6].map(formatRate)).toEqual(['0', '< 0.1', '3.2', '46']);
  });

  it('names the normalizer at the end of the way', () => {
    expect(normalizerName('auto/syslog/sshd')).toEqual({ name: 'sshd', path: 'auto/syslog/' });
    expect(normalizerName('cef')).toEqual({ name: 'cef', path: '' });
  });

  it('is told for each event of a stage', () => {
    const stage = { name: 'filter', type: 'filter', received: 200, sent: 150, dropped: { a: 30, b: 20 }, errors: 0, millis: 1, details: {} };
    expect(droppedTotal(stage)).toBe(50);
    expect(microsPerEvent(stage)).toBe(5);
    expect(microsPerEvent({ ...stage, millis: null })).toBeNull();
    expect(microsPerEvent({ ...stage, received: 0 })).toBeNull();
  });
});
