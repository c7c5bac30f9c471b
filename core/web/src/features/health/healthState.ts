import type { LedgerCounts, LedgerEntry } from '@/api/types';

export interface HealthParams {
  from?: string;
  to?: string;
  /** `differences`: only lines that need a look. */
  only?: string;
  q?: string;
}

export function rejectedTotal(counts: Pick<LedgerCounts, 'rejected'>): number {
  return Object.values(counts.rejected ?? {}).reduce((sum, count) => sum + count, 0);
}

/** A line that needs a look: events missing, refused, or not yet delivered. */
export function needsLook(entry: LedgerEntry): boolean {
  return entry.balance !== 0 || rejectedTotal(entry) > 0;
}

/** Points of a line in a box of the given size, oldest left; empty for fewer than two values. */
export function sparkline(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return '';
  const top = Math.max(...values, 1);
  return values.map((value, index) => `${((index * width) / (values.length - 1)).toFixed(1)},${(height - 1 - ((height - 2) * value) / top).toFixed(1)}`).join(' ');
}
