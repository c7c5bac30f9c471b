/** The moment inside a time-ordered identifier (UUID version 7); null for an identifier of another kind. */
export function idTime(id: string): number | null {
  const hex = id.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex) || hex[12] !== '7') return null;
  return Number.parseInt(hex.slice(0, 12), 16);
}

/** Bounds that surely hold the events with these identifiers, with an hour of slack for clocks; null when they tell nothing. */
export function boundsOfIds(ids: readonly string[]): { from: number; to: number } | null {
  const times = ids.map(idTime);
  if (times.length === 0 || times.some((time) => time === null)) return null;
  const known = times as number[];
  const slack = 3_600_000;
  return {
    from: known.reduce((a, b) => Math.min(a, b)) - slack,
    to: known.reduce((a, b) => Math.max(a, b)) + slack,
  };
}
