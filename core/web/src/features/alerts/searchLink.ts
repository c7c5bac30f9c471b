import type { Alert, AlertEvent } from '@/api/types';
import { encodeFilter, newFilter } from '@/features/events/filters';
import type { EventsParams } from '@/features/events/searchState';
import { iso } from '@/shared/time/range';

/** How much time is shown before and after the alert. */
const marginMillis = 5 * 60_000;

/** The events search for an alert: its window, and the values that the rule grouped by (else its first entity as text). */
export function searchOf(alert: Alert, hit: AlertEvent | null): EventsParams {
  const window = { from: iso(alert.firstSeen - marginMillis), to: iso(alert.lastSeen + marginMillis) };
  const grouped = Array.isArray(hit?.fields.GroupedBy) ? hit.fields.GroupedBy : [];
  const filters = grouped.flatMap((name) => {
    const value = typeof name === 'string' ? hit?.fields[name] : undefined;
    return typeof name === 'string' && (typeof value === 'string' || typeof value === 'number') && value !== '' ? [encodeFilter(newFilter(name, String(value)))] : [];
  });
  if (filters.length > 0) return { ...window, f: filters };
  const entity = alert.entities[0];
  return entity ? { ...window, q: JSON.stringify(entity.value) } : window;
}

export function entitySearch(alert: Alert, value: string): EventsParams {
  return { from: iso(alert.firstSeen - marginMillis), to: iso(alert.lastSeen + marginMillis), q: JSON.stringify(value) };
}
