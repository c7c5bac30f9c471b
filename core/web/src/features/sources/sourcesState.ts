import type { Source, Stage } from '@/api/types';

export interface SourcesParams {
  collector?: string;
  /** Identifier of the open source. */
  source?: string;
  /** `problems`: only sources that need a look. */
  only?: string;
  q?: string;
}

/** Below this share of events without errors a source needs a look. */
export const wellPercent = 99;
const silentMillis = 600_000;
/** So many usual pauses without an event are silence. */
const silentPauses = 20;
const silentEvents = 20;

/** How long a source that sent regularly has been silent, or null. */
export function silence(source: Source, now: number): number | null {
  if (source.events < silentEvents) return null;
  const pause = (source.lastSeen - source.firstSeen) / source.events;
  const quiet = now - source.lastSeen;
  return quiet > Math.max(silentMillis, pause * silentPauses) ? quiet : null;
}

/** `bad`: hardly understood now; `warn`: has errors, lost a field or fell silent; `well`. */
export function verdict(source: Source, now: number): 'bad' | 'warn' | 'well' {
  const current = source.recentSuccessPercent ?? source.successPercent;
  if (current < 50) return 'bad';
  return current < wellPercent || source.successPercent < wellPercent || source.fadedFields.length > 0 || silence(source, now) !== null ? 'warn' : 'well';
}

const weight = { bad: 0, warn: 1, well: 2 } as const;

/** What needs a look first, then who sends most. */
export function bySeverity(now: number): (a: Source, b: Source) => number {
  return (a, b) => weight[verdict(a, now)] - weight[verdict(b, now)] || b.eventsPerSecond - a.eventsPerSecond || b.events - a.events || a.source.localeCompare(b.source);
}

/** Never 100 % of what is not whole, nor 0 % of what is something. */
export function formatShare(percent: number): string {
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 0.1) return '< 0.1 %';
  if (percent > 99.9) return '> 99.9 %';
  return `${percent.toFixed(1)} %`;
}

/** A rate: `0.4`, `12`, `1.3k` is left to the caller. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 0.1 ? '< 0.1' : perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}

/** The last of the normalizers that understood an event, and the way to it. */
export function normalizerName(way: string): { name: string; path: string } {
  const at = way.lastIndexOf('/');
  return { name: way.slice(at + 1), path: way.slice(0, at + 1) };
}

export function droppedTotal(stage: Pick<Stage, 'dropped'>): number {
  return Object.values(stage.dropped).reduce((sum, count) => sum + count, 0);
}

/** Microseconds that the stage spends on an event, or null. */
export function microsPerEvent(stage: Stage): number | null {
  return stage.millis === null || stage.received === 0 ? null : (stage.millis * 1000) / stage.received;
}
