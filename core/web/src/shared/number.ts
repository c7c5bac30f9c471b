import { preferences } from './preferences';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Digits in groups of three with a thin space: reads the same in every language. */
export function formatCount(value: number): string {
  return grouped.format(value).replaceAll(',', '\u2009');
}

export function formatShort(value: number): string {
  const abs = Math.abs(value);
  if (abs >= 1e9) return `${trim(value / 1e9)}G`;
  if (abs >= 1e6) return `${trim(value / 1e6)}M`;
  if (abs >= 1e4) return `${trim(value / 1e3)}k`;
  return formatCount(value);
}

export function formatBytes(value: number): string {
  const units = preferences().language === 'ru' ? ['Б', 'КиБ', 'МиБ', 'ГиБ', 'ТиБ'] : ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? rest : trim(rest)} ${units[unit] ?? ''}`;
}

function trim(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}

export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 1 ? '< 1 %' : `${Math.round(percent)} %`;
}
