import type { Priority } from './types';

export interface Rule {
  id: string;
  name: string;
  kind: 'simple' | 'standard' | 'operational' | 'absence' | 'correlation';
  source: 'own' | 'sigma';
  priority: Priority;
  /** False while it is in quarantine. */
  enabled: boolean;
  hits: number;
  lastHit: number | null;
  mitre: string[];
  file: string;
  line: number;
  /** What divides its hits into alerts, in the order in which they are asked. */
  segmentations: string[];
  work: { keys: number; heldBytes: number; evictedKeys: number; lateEvents: number; rateLimited: number };
  coverage: {
    state: 'can-fire' | 'starved' | 'source-silent';
    missing: string[];
    sourceEvents: number;
    lastSource: number | null;
    observedPercent: number;
  };
  cost: { nanosPerEvent: number; corePercent: number; costly: boolean } | null;
  quarantine: { since: number; reason: string } | null;
}

export interface RuleChanges {
  /** Newest first, by ids of rules. */
  items: { time: number; added: string[]; changed: string[]; removed: string[]; unchanged: number }[];
  leftOut: { file: string; line: number; rule: string; reason: string }[];
  /** Why the last change of the files was not made, or null. */
  refused: string | null;
}

/** Findings of a rule that make no alert, until it expires. */
export interface RuleException {
  id: string;
  ruleId: string;
  fields: Record<string, string>;
  reason: string;
  createdBy: string;
  createdAt: number;
  expiresAt: number;
  hits: number;
  lastHit: number | null;
}

/** Keeps further findings of an alert's group from alerts, until it expires or is ended. */
export interface Suppression {
  id: string;
  ruleId: string;
  ruleName: string;
  segmentation: string;
  /** `FIELD=value`, one a line. */
  group: string;
  alertId: string;
  reason: string;
  createdBy: string;
  createdAt: number;
  expiresAt: number;
  endedAt: number | null;
  hits: number;
  lastHit: number | null;
}
