import type { Priority } from './types';

export type ResponseKind = 'script' | 'webhook' | 'email' | 'syslog' | 'active-list';
export type RunState = 'waiting' | 'running' | 'done' | 'failed' | 'suppressed' | 'cancelled';

/** What is done when a rule finds something, or when a person asks for it. */
export interface ResponseRule {
  name: string;
  description: string;
  kind: ResponseKind;
  enabled: boolean;
  delivery: 'at-most-once' | 'at-least-once';
  /** Names or ids, empty for all. */
  rules: string[];
  priority: Priority;
  tenants: string[];
  filter: string | null;
  /** Which correlation events fire it; with `none` only people run it. */
  events: 'alerts' | 'all' | 'none';
  mostRuns: number;
  withinSeconds: number;
  /** Why it could not be run now, or null. */
  trouble: string | null;
  runs: Partial<Record<RunState, number>>;
  lastRun: ResponseRun | null;
}

export interface ResponseRun {
  id: string;
  response: string;
  kind: ResponseKind;
  findingId: string;
  alertId: string | null;
  ruleId: string;
  ruleName: string;
  /** Login of who asked for it, or `system`. */
  actor: string;
  byHand: boolean;
  state: RunState;
  attempts: number;
  createdAt: number;
  /** When the next attempt is due, while it waits. */
  dueAt: number;
  startedAt: number | null;
  endedAt: number | null;
  outcome: string;
  /** What a script printed or the other side answered. */
  output: string;
}

/** What a response would do for an event; nothing was done. */
export interface ResponseTest {
  response: string;
  fires: boolean;
  trouble: string | null;
  rendered: { name: string; value: string }[];
}
