import type { Hop } from '@/api/types';

/** A step and how long after the timed step before it; null for the first one, for steps without a time, and where clocks of two machines disagree. */
export interface WayStep {
  hop: Hop;
  afterMillis: number | null;
}

export function waits(hops: readonly Hop[]): WayStep[] {
  let before: number | null = null;
  return hops.map((hop) => {
    const afterMillis: number | null = hop.time !== null && before !== null && hop.time >= before ? hop.time - before : null;
    before = hop.time ?? before;
    return { hop, afterMillis };
  });
}
