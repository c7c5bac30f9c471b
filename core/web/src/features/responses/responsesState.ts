import type { ResponseRule, ResponseRun, RunState } from '@/api/responses';

export interface ResponsesParams {
  /** Name of the open response. */
  response?: string;
  /** Only runs that stand so. */
  state?: string;
  q?: string;
}

export const runStates: readonly RunState[] = ['waiting', 'running', 'done', 'failed', 'suppressed', 'cancelled'];

export function runState(text: string | undefined): RunState | undefined {
  return runStates.find((state) => state === text);
}

export type Readiness = 'trouble' | 'ready' | 'hand' | 'off';

/** What a person should know first of a response. */
export function readiness(rule: ResponseRule): Readiness {
  if (!rule.enabled) return 'off';
  if (rule.trouble) return 'trouble';
  return rule.events === 'none' ? 'hand' : 'ready';
}

const order: Record<Readiness, number> = { trouble: 0, ready: 1, hand: 1, off: 2 };

/** Those that need a hand first, then those that work, then those that are off. */
export function byNeed(a: ResponseRule, b: ResponseRule): number {
  return order[readiness(a)] - order[readiness(b)] || a.name.localeCompare(b.name);
}

export function totalRuns(rule: ResponseRule): number {
  return Object.values(rule.runs).reduce((sum, count) => sum + count, 0);
}

/** A run that has not ended. */
export function isOpen(run: ResponseRun): boolean {
  return run.state === 'waiting' || run.state === 'running';
}

/** Whether both spell the same identifier of a finding. */
export function isFinding(run: ResponseRun, id: string): boolean {
  return run.findingId === id.replaceAll('-', '').toLowerCase();
}
