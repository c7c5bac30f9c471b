import type { Cell, Column } from '@/api/types';
import { formatTime, momentOf } from '@/shared/time/format';
import type { Zone } from '@/shared/time/range';

const eventTypes: Record<string, string> = { 1: 'base', 2: 'aggregated', 3: 'correlation', 4: 'audit', 5: 'monitoring' };

export function isTimeType(type: string): boolean {
  return /DateTime|^TIMESTAMP$/.test(type);
}

export function isNumberType(type: string): boolean {
  return /^(Nullable\()?(U?Int|Float|Decimal|INTEGER|FLOAT)/.test(type);
}

/** An absent value: the store keeps it as the empty or zero value of its type. */
export function isAbsent(value: Cell | undefined): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

/** The text of a cell; times are shown in the chosen zone. */
export function cellText(value: Cell | undefined, column: Column, zone: Zone): string {
  if (value === null || value === undefined) return '';
  if (isTimeType(column.type)) {
    const moment = momentOf(value);
    return moment === null || moment === 0 ? '' : formatTime(moment, zone, 'milli');
  }
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** What a filter on the cell compares with: the value as the server sent it. */
export function rawText(value: Cell | undefined): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return String(value[0] ?? '');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function eventTypeName(value: unknown): string | null {
  return eventTypes[String(value)] ?? null;
}
