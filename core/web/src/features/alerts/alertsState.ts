import type { AlertQuery } from '@/api/endpoints';
import { resolve, type Range, type Zone } from '@/shared/time/range';

export interface AlertsParams {
  status?: string;
  priority?: string;
  assignee?: string;
  rule?: string;
  q?: string;
  from?: string;
  to?: string;
  alert?: string;
}

/** What the queue shows; lives in the URL. */
export interface AlertsState {
  statuses: string[];
  priorities: string[];
  /** `me`, `none`, the identifier of a user, or null for anybody. */
  assignee: string | null;
  rule: string | null;
  text: string;
  /** Null for all times. */
  range: Range | null;
  alert: string | null;
}

export const allStatuses = ['new', 'assigned', 'closed'] as const;
const openStatuses = ['new', 'assigned'];

export function readAlerts(params: AlertsParams): AlertsState {
  const list = (text: string | undefined, allowed: readonly string[]) => [...new Set((text ?? '').split(','))].filter((value) => allowed.includes(value));
  const statuses = params.status === undefined ? [...openStatuses] : list(params.status, allStatuses);
  return {
    statuses: statuses.length === 0 ? [...allStatuses] : statuses,
    priorities: list(params.priority, ['4', '3', '2', '1']),
    assignee: params.assignee ?? null,
    rule: params.rule ?? null,
    text: params.q ?? '',
    range: params.from ? { from: params.from, to: params.to ?? 'now' } : null,
    alert: params.alert ?? null,
  };
}

export function writeAlerts(state: AlertsState): AlertsParams {
  const params: AlertsParams = {};
  const statuses = allStatuses.filter((status) => state.statuses.includes(status));
  if (statuses.join() !== openStatuses.join()) params.status = statuses.length === allStatuses.length || statuses.length === 0 ? 'all' : statuses.join(',');
  if (state.priorities.length > 0) params.priority = state.priorities.join(',');
  if (state.assignee) params.assignee = state.assignee;
  if (state.rule) params.rule = state.rule;
  if (state.text) params.q = state.text;
  if (state.range) {
    params.from = state.range.from;
    if (state.range.to !== 'now') params.to = state.range.to;
  }
  if (state.alert) params.alert = state.alert;
  return params;
}

export function alertQuery(state: AlertsState, now: number, zone: Zone): AlertQuery {
  const bounds = state.range ? resolve(state.range, now, zone) : null;
  return {
    status: state.statuses.length === allStatuses.length ? undefined : state.statuses,
    priority: state.priorities,
    assignee: state.assignee ?? undefined,
    rule: state.rule ?? undefined,
    q: state.text || undefined,
    from: bounds?.from,
    // "Until now" means no bound: alerts go on arriving.
    to: state.range && state.range.to !== 'now' ? bounds?.to : undefined,
  };
}
