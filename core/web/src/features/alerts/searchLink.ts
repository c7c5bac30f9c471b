import type { Alert, AlertEvent } from '@/api/types';
import { encodeFilter, newFilter } from '@/features/events/filters';
import type { EventsParams } from '@/features/events/searchState';
import { idTime } from '@/shared/eventId';
import { iso } from '@/shared/time/range';

/** How much time is shown before and after the events. */
const marginMillis = 5 * 60_000;

/**
 * The time in which the events of an alert were received. First and last seen are what the sources' clocks said; the search is bounded by
 * reception, which the identifiers of the events know. Without identifiers first and last seen have to do.
 */
function windowOf(alert: Alert, hits: readonly AlertEvent[]): EventsParams {
  const received = hits.flatMap((hit) => [...hit.baseEventIds, hit.id].map(idTime)).filter((time) => time !== null);
  const from = received.length > 0 ? received.reduce((a, b) => Math.min(a, b)) : alert.firstSeen;
  const to = received.length > 0 ? received.reduce((a, b) => Math.max(a, b)) : alert.lastSeen;
  return { from: iso(from - marginMillis), to: iso(to + marginMillis) };
}

/** The events search for an alert: the values that the rule grouped by, else its first entity as text. */
export function searchOf(alert: Alert, hit: AlertEvent | null): EventsParams {
  const window = windowOf(alert, hit ? [hit] : []);
  const grouped = Array.isArray(hit?.fields.GroupedBy) ? hit.fields.GroupedBy : [];
  const filters = grouped.flatMap((name) => {
    const value = typeof name === 'string' ? hit?.fields[name] : undefined;
    return typeof name === 'string' && (typeof value === 'string' || typeof value === 'number') && value !== '' ? [encodeFilter(newFilter(name, String(value)))] : [];
  });
  if (filters.length > 0) return { ...window, f: filters };
  const entity = alert.entities.find((one) => one.kind === 'address') ?? alert.entities[0];
  return entity ? { ...window, q: JSON.stringify(entity.value) } : window;
}

/** The events around an alert in which a user, host or address occurs. */
export function entitySearch(alert: Alert, hits: readonly AlertEvent[], value: string): EventsParams {
  return { ...windowOf(alert, hits), q: JSON.stringify(value) };
}
