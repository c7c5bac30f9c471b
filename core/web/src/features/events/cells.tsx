import type { Cell, Column, FieldType } from '@/api/types';
import { formatTime, momentOf } from '@/shared/time/format';
import type { Zone } from '@/shared/time/range';

const eventTypes = { 1: 'base', 2: 'aggregated', 3: 'correlation', 4: 'audit', 5: 'monitoring' } as const;
export type EventTypeName = (typeof eventTypes)[keyof typeof eventTypes];

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

/** Whether a number or time is the zero that the store keeps for "nothing was said". */
export function isZero(value: Cell, type: FieldType): boolean {
  if (type === 'TIMESTAMP') return momentOf(value) === 0;
  return (type === 'INTEGER' || type === 'FLOAT') && Number(value) === 0;
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

export function eventTypeName(value: unknown): EventTypeName | null {
  return eventTypes[Number(value) as keyof typeof eventTypes] ?? null;
}
