import { describe, expect, it } from 'vitest';
import { needsLook, rejectedTotal, sparkline } from './healthState';

const line = { minute: 0, collector: 'c', source: 's', received: 5, stored: 5, filtered: 0, aggregated: 0, rejected: {}, inFlight: 0, balance: 0 };

describe('a line of the ledger', () => {
  it('needs a look when something is missing or refused', () => {
    expect(needsLook(line)).toBe(false);
    expect(needsLook({ ...line, balance: -1 })).toBe(true);
    expect(needsLook({ ...line, rejected: { 'too-long': 2 } })).toBe(true);
    expect(rejectedTotal({ rejected: { a: 2, b: 3 } })).toBe(5);
  });
});

describe('a sparkline', () => {
  it('stays in its box', () => {
    const points = sparkline([0, 10, 5], 100, 20).split(' ').map((point) => point.split(',').map(Number));
    expect(points.map((point) => point[0])).toEqual([0, 50, 100]);
    for (const [, y] of points) {
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(20);
    }
    expect(sparkline([1], 100, 20)).toBe('');
  });
});
