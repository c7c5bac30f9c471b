import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatPercent, formatShort } from '@/shared/number';
import { formatAge, formatDuration, formatTime, momentOf } from './format';

describe('times', () => {
  it('line up: 24 hours, ISO order, chosen precision', () => {
    const moment = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
    expect(formatTime(moment, 'utc')).toBe('2026-01-02 03:04:05');
    expect(formatTime(moment, 'utc', 'milli')).toBe('2026-01-02 03:04:05.006');
    expect(formatTime(Number.NaN, 'utc')).toBe('');
  });

  it('are read from what the server sends', () => {
    const moment = Date.UTC(2026, 10, 22, 10, 0, 0, 123);
    for (const value of ['2026-11-22T10:00:00.123Z', '2026-11-22 10:00:00.123', moment, String(moment)]) expect(momentOf(value), String(value)).toBe(moment);
    expect(momentOf(1_795_341_600)).toBe(1_795_341_600_000);
    expect(momentOf('')).toBeNull();
    expect(momentOf('soon')).toBeNull();
    expect(momentOf(null)).toBeNull();
  });

  it('have lengths in two units', () => {
    expect(formatDuration(85)).toBe('85 ms');
    expect(formatDuration(5000)).toBe('5 s');
    expect(formatDuration(1900)).toBe('1.9 s');
    expect(formatDuration(206_000)).toBe('3 min 26 s');
    expect(formatDuration(86_400_000)).toBe('1 d');
    expect(formatAge(0, 7_300_000)).toBe('2 h');
  });
});

describe('numbers', () => {
  it('are short where there is no room', () => {
    expect(formatCount(1_234_567)).toBe('1\u2009234\u2009567');
    expect(formatShort(9999)).toBe('9\u2009999');
    expect(formatShort(12_345)).toBe('12.3k');
    expect(formatBytes(2_411_724)).toBe('2.3 MiB');
    expect(formatPercent(1, 1000)).toBe('< 1 %');
    expect(formatPercent(1, 0)).toBe('0 %');
  });
});
