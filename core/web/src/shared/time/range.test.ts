import { describe, expect, it } from 'vitest';
import { absolute, barSeconds, parseMoment, parseRange, resolve } from './range';

const now = Date.UTC(2026, 10, 22, 10, 30, 15, 250);

describe('parseMoment', () => {
  it('adds and takes away from now', () => {
    expect(parseMoment('now', now)).toBe(now);
    expect(parseMoment('now-24h', now)).toBe(now - 86_400_000);
    expect(parseMoment('now-1d+2h', now)).toBe(now - 22 * 3_600_000);
    expect(parseMoment('NOW - 15m', now)).toBe(now - 900_000);
  });

  it('rounds down with a slash', () => {
    expect(parseMoment('now/d', now)).toBe(Date.UTC(2026, 10, 22));
    expect(parseMoment('now-1d/d', now)).toBe(Date.UTC(2026, 10, 21));
    expect(parseMoment('now/h', now)).toBe(Date.UTC(2026, 10, 22, 10));
  });

  it('reads dates with and without time and zone', () => {
    expect(parseMoment('2026-11-01', now)).toBe(Date.UTC(2026, 10, 1));
    expect(parseMoment('2026-11-01 12:34', now)).toBe(Date.UTC(2026, 10, 1, 12, 34));
    expect(parseMoment('2026-11-01T12:34:56.5Z', now)).toBe(Date.UTC(2026, 10, 1, 12, 34, 56, 500));
    expect(parseMoment('2026-11-01T12:34:56+03:00', now)).toBe(Date.UTC(2026, 10, 1, 9, 34, 56));
    expect(parseMoment('2026-11-01T12:34:56-0330', now)).toBe(Date.UTC(2026, 10, 1, 16, 4, 56));
    expect(parseMoment('09:15', now)).toBe(Date.UTC(2026, 10, 22, 9, 15));
  });

  it('refuses what is no moment', () => {
    for (const text of ['', 'soon', 'now-', 'now-5y', '2026-13-01', '2026-02-30', '2026-11-01 25:00', '25:00', 'now; DROP']) {
      expect(parseMoment(text, now), text).toBeNull();
    }
  });
});

describe('parseRange', () => {
  it('understands free text', () => {
    expect(parseRange('now-24h', now)).toEqual({ from: 'now-24h', to: 'now' });
    expect(parseRange('now-24h to now-1h', now)).toEqual({ from: 'now-24h', to: 'now-1h' });
    expect(parseRange('last 30 min', now)).toEqual({ from: 'now-30m', to: 'now' });
    expect(parseRange('7d', now)).toEqual({ from: 'now-7d', to: 'now' });
    expect(parseRange('yesterday', now)).toEqual({ from: 'now-1d/d', to: 'now/d' });
    expect(parseRange('-2h', now)).toEqual({ from: 'now-2h', to: 'now' });
  });

  it('keeps absolute sides as UTC text', () => {
    expect(parseRange('2026-11-01 12:00 to 2026-11-01 13:00', now)).toEqual({
      from: '2026-11-01T12:00:00Z',
      to: '2026-11-01T13:00:00Z',
    });
    expect(parseRange('2026-11-01 .. 2026-11-02', now)).toEqual({ from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' });
  });

  it('spans both sides of a point', () => {
    expect(parseRange('2026-11-01 12:00/30m', now)).toEqual({ from: '2026-11-01T11:30:00Z', to: '2026-11-01T12:30:00Z' });
  });

  it('refuses a range that ends before it begins', () => {
    expect(parseRange('now to now-1h', now)).toBeNull();
    expect(parseRange('2026-11-02 to 2026-11-01', now)).toBeNull();
    expect(parseRange('nonsense', now)).toBeNull();
  });
});

describe('resolve', () => {
  it('gives epoch milliseconds and survives the round trip', () => {
    const range = absolute(now - 1000, now);
    expect(resolve(range, 0)).toEqual({ from: now - 1000, to: now });
    expect(resolve({ from: 'x', to: 'now' }, now)).toBeNull();
  });
});

describe('barSeconds', () => {
  it('never makes more bars than asked for', () => {
    for (const span of [1, 60, 3600, 86_400, 7 * 86_400, 30 * 86_400]) {
      const seconds = barSeconds({ from: 0, to: span * 1000 }, 120);
      expect(span / seconds).toBeLessThanOrEqual(120);
    }
  });
});
