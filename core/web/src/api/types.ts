/** The shapes of the core's REST interface, `/api/v1`. Times are epoch milliseconds unless a name says otherwise. */

import type { Suppression } from './rules';

export interface User {
  id: string;
  login: string;
  name: string;
  role?: string;
}

export type Role = 'admin' | 'analyst' | 'viewer';

/** An account as administrators see it. */
export interface Account {
  id: string;
  login: string;
  name: string;
  role: Role;
  disabled: boolean;
  createdAt: number;
}

/** Who did what to an account. */
export interface AuditEntry {
  id: number;
  time: number;
  actor: string;
  action: string;
  subject: string;
  detail: string;
}

export interface Session {
  user: User;
  csrf?: string;
}

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface Token {
  id: string;
  name: string;
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
  /** Only in the answer of the request that made it. */
  token?: string;
  secret?: string;
}

export interface Column {
  name: string;
  type: string;
}

export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell };

export interface SearchStatistics {
  elapsedMillis: number;
  rowsRead: number;
  bytesRead: number;
  rows: number;
  truncated: boolean;
}

export interface SearchAnswer {
  columns: Column[];
  rows: Cell[][];
  statistics: SearchStatistics;
}

export interface SearchRequest {
  sql: string;
  from?: number | string;
  to?: number | string;
  limit?: number;
}

export type FieldType = 'STRING' | 'INTEGER' | 'FLOAT' | 'TIMESTAMP' | 'STRING_ARRAY';

export interface FieldInfo {
  name: string;
  type: FieldType;
  group: string;
  size?: number | null;
  meaning: string;
  cef?: string | null;
  ecs?: string | null;
}

export type EventRecord = Record<string, Cell>;

export type AlertStatus = 'new' | 'assigned' | 'closed';
export type ClosingReason = 'responded' | 'incorrect-data' | 'incorrect-rule';
/** 1 low, 2 medium, 3 high, 4 critical. */
export type Priority = 1 | 2 | 3 | 4;

export interface Entity {
  kind: 'user' | 'host' | 'address';
  value: string;
}

export interface Alert {
  id: string;
  name: string;
  ruleId: string;
  ruleName: string;
  /** What divided the hits of the rule into alerts. */
  segmentation: string;
  status: AlertStatus;
  priority: Priority;
  priorityManual: boolean;
  /** The alert's priority cannot be set below it. */
  rulePriority?: number;
  firstSeen: number;
  lastSeen: number;
  createdAt: number;
  updatedAt: number;
  assignee: User | null;
  closingReason: ClosingReason | null;
  count: number;
  /** There were more events than an alert keeps. */
  overflow?: boolean;
  entities: Entity[];
  tactics: string[];
  techniques: string[];
  summary: string;
  version: number;
}

/** One hit of the rule: a correlation event and the identifiers of the events that made it. */
export interface AlertEvent {
  id: string;
  time: number;
  summary: string;
  fields: EventRecord;
  baseEventIds: string[];
}

export interface AlertComment {
  id: string;
  author: User | null;
  text: string;
  createdAt: number;
}

/** What happened: `created`, `status`, `assignee`, `priority`, `comment`, `amended` or `retracted`; `user` is null for the system. */
export interface AlertChange {
  time: number;
  user: User | null;
  change: string;
  from: string | null;
  to: string | null;
}

export interface AlertDetail extends Alert {
  /** `FIELD=value`, one a line: what distinguishes it from others of its rule. */
  group: string;
  priorityExplanation: { priority: Priority; formula: string; factors: PriorityFactor[] };
  suppression: Suppression | null;
  /** Newest first. */
  events: AlertEvent[];
  eventsNext?: string | null;
  comments: AlertComment[];
  history: AlertChange[];
}

export interface AlertPage extends Page<Alert> {
  counts: Record<AlertStatus, number>;
}

export interface AlertPatch {
  status?: AlertStatus;
  assignee?: string | null;
  priority?: Priority;
  closingReason?: ClosingReason;
  version: number;
}

export interface Service {
  id: string;
  name: string;
  kind: 'core' | 'collector' | 'correlator' | 'storage' | 'destination';
  status: 'up' | 'down' | 'starting';
  since: number;
  address: string | null;
  version: string | null;
  eventsPerSecond: number | null;
  bufferBytes: number | null;
  bufferEvents: number | null;
  oldestAgeMillis: number | null;
  detail: string | null;
}

export interface ServicePoint {
  time: number;
  eventsPerSecond: number;
  bufferBytes: number;
}

/** A collector and its figures since it was started. */
export interface Collector {
  name: string;
  type: string;
  normalizer: string;
  status: 'starting' | 'up' | 'draining' | 'down';
  since: number;
  addresses: string[];
  destinations: string[];
  openSources: number;
  eventsPerSecond: number;
  openEvents: number;
  waitingForLog: boolean;
  received: number;
  rejected: number;
  logged: number;
  /** The same text for collectors that are configured alike; null in the first moments. */
  fingerprint: string | null;
}

/** What the configuration of a collector is made of: a hash of each key and of each resource that it names. */
export interface CollectorConfiguration {
  name: string;
  fingerprint: string | null;
  parts: Record<string, string>;
}

/** One step of an event: `done` is false while it waits for it. */
export interface Hop {
  hop: string;
  where: string;
  time: number | null;
  done: boolean;
}

/** Where an event is. */
export interface EventTrace {
  id: string;
  status: 'stored' | 'in-flight' | 'dead-letter' | 'unknown';
  explanation: string;
  hops: Hop[];
}

/** What one stage of a collector did; `millis` is null for a stage that mostly waits for others. */
export interface Stage {
  name: string;
  type: string;
  received: number;
  sent: number;
  dropped: Record<string, number>;
  errors: number;
  millis: number | null;
  details: Record<string, number>;
}

/** How well the texts of one source are understood. An event is one of parsed, partial and failed. */
export interface Source {
  id: string;
  source: string;
  firstSeen: number;
  lastSeen: number;
  events: number;
  parsed: number;
  partial: number;
  failed: number;
  /** Messages that did not come, by the numbers that senders give theirs. */
  missing: number;
  successPercent: number;
  /** Over the last five minutes; null when nothing came. */
  recentSuccessPercent: number | null;
  eventsPerSecond: number;
  normalizers: { name: string; events: number }[];
  sampledEvents: number;
  /** Fields that used to be filled and are hardly so any more. */
  fadedFields: string[];
}

export interface SourcePage extends Page<Source> {
  forgottenSources: number;
  forgottenEvents: number;
}

export interface FieldFill {
  field: string;
  percent: number;
  recentPercent: number;
  faded: boolean;
}

export interface ParseError {
  field: string;
  reason: string;
  count: number;
  lastTime: number;
}

/** An event that was not parsed without errors, with the beginning of its text. */
export interface ParseFailure {
  time: number;
  understood: boolean;
  normalizer: string;
  field: string;
  reason: string;
  errors: number;
  sample: string;
  bytes: number;
}

export interface SourceDetail {
  collector: string;
  summary: Source;
  fields: FieldFill[];
  errors: ParseError[];
  failures: ParseFailure[];
  minutes: { time: number; events: number; parsed: number }[];
}

export interface LedgerCounts {
  received: number;
  stored: number;
  filtered: number;
  aggregated: number;
  rejected: Record<string, number>;
  inFlight: number;
}

export interface LedgerEntry extends LedgerCounts {
  minute: number;
  collector: string;
  source: string;
  balance: number;
}

export interface Ledger {
  from: number;
  to: number;
  totals: LedgerCounts;
  balance: number;
  entries: LedgerEntry[];
}

export interface PriorityFactor {
  factor: 'rule' | 'asset-category' | 'person';
  name: string;
  /** 0 when there is none. */
  value: number;
  asset: string | null;
  text: string;
}
