import { preferences } from '@/shared/preferences';
import type { Zone } from './range';

const pad = (value: number, length = 2) => String(value).padStart(length, '0');

/** The parts of a moment in the chosen zone, always 24 hours and ISO order: rows must line up and sort by eye. */
function parts(moment: number, zone: Zone) {
  const d = new Date(moment);
  return zone === 'utc'
    ? { y: d.getUTCFullYear(), mo: d.getUTCMonth() + 1, d: d.getUTCDate(), h: d.getUTCHours(), mi: d.getUTCMinutes(), s: d.getUTCSeconds(), ms: d.getUTCMilliseconds() }
    : { y: d.getFullYear(), mo: d.getMonth() + 1, d: d.getDate(), h: d.getHours(), mi: d.getMinutes(), s: d.getSeconds(), ms: d.getMilliseconds() };
}

export function formatTime(moment: number, zone: Zone, precision: 'minute' | 'second' | 'milli' = 'second'): string {
  if (!Number.isFinite(moment)) return '';
  const p = parts(moment, zone);
  const minute = `${p.y}-${pad(p.mo)}-${pad(p.d)} ${pad(p.h)}:${pad(p.mi)}`;
  if (precision === 'minute') return minute;
  return precision === 'second' ? `${minute}:${pad(p.s)}` : `${minute}:${pad(p.s)}.${pad(p.ms, 3)}`;
}

export function formatClock(moment: number, zone: Zone, withSeconds = true): string {
  const p = parts(moment, zone);
  return `${pad(p.h)}:${pad(p.mi)}${withSeconds ? `:${pad(p.s)}` : ''}`;
}

export function formatDay(moment: number, zone: Zone): string {
  const p = parts(moment, zone);
  return `${p.y}-${pad(p.mo)}-${pad(p.d)}`;
}

/** Epoch milliseconds of a value of a time column: ISO text, ClickHouse text (UTC), seconds or milliseconds. */
export function momentOf(value: unknown): number | null {
  if (typeof value === 'number') return value > 1e11 ? value : value * 1000;
  if (typeof value !== 'string' || value === '') return null;
  if (/^\d+$/.test(value)) return momentOf(Number(value));
  const text = value.replace(' ', 'T');
  const moment = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes('T') ? text : `${text}Z`);
  return Number.isNaN(moment) ? null : moment;
}

/** When an event happened by the clock of its source, else when it was received. Rules count in this time. */
export function eventTime(event: Record<string, unknown>): number | null {
  const said = momentOf(event.DeviceReceiptTime);
  return said !== null && said > 0 ? said : momentOf(event.Timestamp);
}

const units = {
  en: { d: 'd', h: 'h', min: 'min', s: 's', ms: 'ms' },
  ru: { d: 'д', h: 'ч', min: 'мин', s: 'с', ms: 'мс' },
} as const;

/** A length of time in its two largest units: `3 d 4 h`, `12 s`, `85 ms`. */
export function formatDuration(millis: number): string {
  const unit = units[preferences().language];
  const sizes: [string, number][] = [[unit.d, 86_400_000], [unit.h, 3_600_000], [unit.min, 60_000], [unit.s, 1000]];
  if (millis < 1000) return `${Math.max(0, Math.round(millis))} ${unit.ms}`;
  if (millis < 10_000 && millis % 1000 !== 0) return `${(millis / 1000).toFixed(1)} ${unit.s}`;
  for (let i = 0; i < sizes.length; i++) {
    const [name, size] = sizes[i] as [string, number];
    if (millis < size) continue;
    const next = sizes[i + 1];
    const rest = next ? Math.floor((millis % size) / next[1]) : 0;
    return `${Math.floor(millis / size)} ${name}${next && rest > 0 ? ` ${rest} ${next[0]}` : ''}`;
  }
  return `0 ${unit.ms}`;
}

/** How long ago in one unit: `5 min`, `3 h`, `2 d`. */
export function formatAge(moment: number, now: number): string {
  const unit = units[preferences().language];
  const seconds = Math.max(0, Math.round((now - moment) / 1000));
  if (seconds < 60) return `${seconds} ${unit.s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${unit.min}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} ${unit.h}`;
  return `${Math.floor(seconds / 86_400)} ${unit.d}`;
}
