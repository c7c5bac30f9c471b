/**
 * Time ranges as people write them: `now-24h`, `now-7d/d`, `yesterday`, `2026-11-01 12:00`, `2026-11-01 12:00/30m`, `A to B`.
 * A range is kept as the two texts it was written with, so that a URL with `now-1h` stays relative.
 */

export type Zone = 'utc' | 'local';

export interface Range {
  from: string;
  to: string;
}

export interface Bounds {
  /** Epoch milliseconds, inclusive. */
  from: number;
  /** Epoch milliseconds, exclusive. */
  to: number;
}

export const presets: readonly Range[] = [
  { from: 'now-15m', to: 'now' },
  { from: 'now-1h', to: 'now' },
  { from: 'now-4h', to: 'now' },
  { from: 'now-24h', to: 'now' },
  { from: 'now-7d', to: 'now' },
  { from: 'now-30d', to: 'now' },
  { from: 'now/d', to: 'now' },
  { from: 'now-1d/d', to: 'now/d' },
];

export const defaultRange: Range = { from: 'now-24h', to: 'now' };

const unitMillis: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** Reads one moment; null when it cannot be understood. `zone` says what a time without a zone means. */
export function parseMoment(text: string, now: number, zone: Zone = 'utc'): number | null {
  const trimmed = text.trim();
  if (/^now\b/i.test(trimmed)) return parseRelative(trimmed.toLowerCase(), now, zone);
  if (/^-\d+[smhdw]$/i.test(trimmed)) return parseRelative(`now${trimmed.toLowerCase()}`, now, zone);
  if (/^today$/i.test(trimmed)) return startOfDay(now, zone);
  if (/^yesterday$/i.test(trimmed)) return startOfDay(startOfDay(now, zone) - 1, zone);
  if (/^\d{12,14}$/.test(trimmed)) return Number(trimmed);
  return parseAbsolute(trimmed, now, zone);
}

function parseRelative(text: string, now: number, zone: Zone): number | null {
  const match = /^now((?:[+-]\d+[smhdw])*)(?:\/([mhd]))?$/.exec(text.replaceAll(' ', ''));
  if (!match) return null;
  let moment = now;
  for (const step of (match[1] ?? '').matchAll(/([+-])(\d+)([smhdw])/g)) {
    moment += (step[1] === '-' ? -1 : 1) * Number(step[2]) * (unitMillis[step[3] ?? ''] ?? 0);
  }
  if (match[2] === 'd') return startOfDay(moment, zone);
  const unit = match[2] ? unitMillis[match[2]] : undefined;
  return unit ? Math.floor(moment / unit) * unit : moment;
}

function parseAbsolute(text: string, now: number, zone: Zone): number | null {
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (time) {
    const clock = Number(time[1]) * 3_600_000 + Number(time[2]) * 60_000 + Number(time[3] ?? 0) * 1000;
    return Number(time[1]) < 24 && Number(time[2]) < 60 ? startOfDay(now, zone) + clock : null;
  }
  const match =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number, number, number, number, number, number,
  ];
  const milli = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, milli);
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return null;
  const offset = match[8]?.toUpperCase();
  if (!offset) return zone === 'utc' ? utc : new Date(year, month - 1, day, hour, minute, second, milli).getTime();
  if (offset === 'Z' || offset === 'UTC') return utc;
  const sign = offset.startsWith('-') ? 1 : -1;
  const digits = offset.replace(/\D/g, '');
  return utc + sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

function startOfDay(moment: number, zone: Zone): number {
  const date = new Date(moment);
  if (zone === 'local') return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}

/** Reads what a person typed into the time field. Null when it is no range, or ends before it begins. */
export function parseRange(text: string, now: number, zone: Zone = 'utc'): Range | null {
  const trimmed = text.trim();
  if (!trimmed) return null;
  const last = /^(?:last\s+)?(\d+)\s*(s|m|min|h|d|w)$/i.exec(trimmed);
  if (last) return { from: `now-${last[1]}${(last[2] ?? '').toLowerCase().replace('min', 'm')}`, to: 'now' };
  if (/^today$/i.test(trimmed)) return { from: 'now/d', to: 'now' };
  if (/^yesterday$/i.test(trimmed)) return { from: 'now-1d/d', to: 'now/d' };

  const around = /^(.+)\/(?:±)?(\d+)(s|m|h|d)$/i.exec(trimmed);
  if (around && !/^now/i.test(trimmed)) {
    const centre = parseMoment(around[1] ?? '', now, zone);
    const width = Number(around[2]) * (unitMillis[(around[3] ?? '').toLowerCase()] ?? 0);
    if (centre !== null && width > 0) return { from: iso(centre - width), to: iso(centre + width) };
  }
  const parts = trimmed.split(/\s+(?:to|until|–|—|->|→|-|до)\s+|\s*\.\.\s*/i);
  if (parts.length > 2) return null;
  const from = canonical(parts[0] ?? '', now, zone);
  const to = canonical(parts[1] ?? 'now', now, zone);
  if (from === null || to === null) return null;
  const range = { from, to };
  return resolve(range, now, zone) === null ? null : range;
}

function canonical(text: string, now: number, zone: Zone): string | null {
  const moment = parseMoment(text, now, zone);
  if (moment === null) return null;
  const trimmed = text.trim().toLowerCase();
  if (trimmed.startsWith('now')) return trimmed.replaceAll(' ', '');
  if (/^-\d/.test(trimmed)) return `now${trimmed}`;
  return iso(moment);
}

/** Turns a range into bounds; null when a side cannot be understood or the range is empty. */
export function resolve(range: Range, now: number, zone: Zone = 'utc'): Bounds | null {
  const from = parseMoment(range.from, now, zone);
  const to = parseMoment(range.to, now, zone);
  return from === null || to === null || from >= to ? null : { from, to };
}

/** ISO 8601 UTC text without needless milliseconds. */
export function iso(moment: number): string {
  return new Date(moment).toISOString().replace('.000Z', 'Z');
}

export function absolute(from: number, to: number): Range {
  return { from: iso(from), to: iso(to) };
}

export function isRelative(range: Range): boolean {
  return /^now/i.test(range.from) || /^now/i.test(range.to);
}

/** Widths that a histogram bar may have, in seconds. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000];

/** The width of a bar in seconds, so that at most `bars` of them fill the range. */
export function barSeconds(bounds: Bounds, bars: number): number {
  const wanted = (bounds.to - bounds.from) / 1000 / Math.max(bars, 1);
  return steps.find((step) => step >= wanted) ?? 2_592_000;
}
