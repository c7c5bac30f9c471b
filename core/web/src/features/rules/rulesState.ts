import type { Rule } from '@/api/rules';

export interface RulesParams {
  /** Identifier of the open rule. */
  rule?: string;
  /** What is shown: `attention`, `hits`, or a state of coverage; all without it. */
  only?: string;
  q?: string;
}

export type Verdict = 'quarantined' | 'costly' | 'starved' | 'source-silent' | 'can-fire';

/** What a person should know first of a rule. */
export function verdict(rule: Rule): Verdict {
  if (rule.quarantine) return 'quarantined';
  if (rule.cost?.costly) return 'costly';
  return rule.coverage.state;
}

const order: Record<Verdict, number> = { quarantined: 0, costly: 1, starved: 2, 'can-fire': 3, 'source-silent': 4 };

/** Those that need a hand first, then those that fire, then those that wait for a source. */
export function byNeed(a: Rule, b: Rule): number {
  return order[verdict(a)] - order[verdict(b)] || b.hits - a.hits || b.priority - a.priority || a.name.localeCompare(b.name);
}

/** A person can do something about these. */
export function needsLook(rule: Rule): boolean {
  const found = verdict(rule);
  return found === 'quarantined' || found === 'costly' || found === 'starved' || rule.work.evictedKeys > 0;
}

export const filters = ['attention', 'hits', 'can-fire', 'source-silent'] as const;
export type RuleFilter = (typeof filters)[number];

export function passes(rule: Rule, filter: string | undefined): boolean {
  switch (filter) {
    case 'attention':
      return needsLook(rule);
    case 'hits':
      return rule.hits > 0;
    case 'can-fire':
    case 'source-silent':
      return verdict(rule) === filter;
    default:
      return true;
  }
}

/** `DeviceHostName=a` lines of a group as fields and values. */
export function groupFields(group: string): [string, string][] {
  return group
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    });
}

/** What each selector counted, of how many that it had to, from the text of a correlation event: `failed 8 of 8, ok 1`. */
export function selectorsOf(text: string): { alias: string; count: number; needed: number | null }[] {
  return text
    .split(', ')
    .map((part) => /^(.*?) (\d+)(?: of (\d+))?$/.exec(part))
    .filter((found) => found !== null)
    .map((found) => ({ alias: found[1] ?? '', count: Number(found[2]), needed: found[3] === undefined ? null : Number(found[3]) }));
}

/** The last part of a path, and what is before it. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Nanoseconds as a person reads them. */
export function formatNanos(nanos: number): string {
  if (nanos >= 1_000_000) return `${(nanos / 1_000_000).toFixed(1)} ms`;
  if (nanos >= 1000) return `${(nanos / 1000).toFixed(1)} µs`;
  return `${nanos < 10 ? nanos.toFixed(1) : Math.round(nanos)} ns`;
}

export function formatPercent(percent: number): string {
  return percent === 0 ? '0 %' : percent < 0.01 ? '< 0.01 %' : `${percent.toFixed(percent < 1 ? 2 : 1)} %`;
}
