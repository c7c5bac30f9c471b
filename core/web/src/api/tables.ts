export type TableKind = 'active-list' | 'context-table' | 'dictionary' | 'table';

export interface TableField {
  name: string;
  type: 'string' | 'integer' | 'float' | 'boolean' | 'timestamp' | 'address';
  list: boolean;
  key: boolean;
}

/** A list or table of a correlator as it is now. */
export interface Table {
  name: string;
  /** `local` for the correlator of this process, else host and port. */
  correlator: string;
  kind: TableKind;
  description: string;
  scope: 'correlator' | 'shared';
  /** 0 for ever. */
  ttlMillis: number;
  /** 0 for what is read only. */
  maximumRecords: number;
  records: number;
  bytes: number;
  evicted: number;
  refused: number;
  expired: number;
  /** Event time of the last write, as far as that record is still there. */
  writtenAt: number | null;
  /** Empty for an active list, whose fields are free. */
  fields: TableField[];
  file: string | null;
}

export interface TableOverview {
  items: Table[];
  /** Which correlators could be asked. */
  correlators: { name: string; reachable: boolean; reason: string | null }[];
}

export interface TableRow {
  key: string[];
  values: Record<string, string[]>;
  updates: number;
  createdAt: number | null;
  updatedAt: number | null;
  expiresAt: number | null;
}

export type TableFormat = 'csv' | 'tsv' | 'jsonl';

export interface TableImport {
  file: File;
  format: TableFormat;
  /** Columns that make the key of an active list. */
  key: readonly string[];
  replace: boolean;
  skipBad: boolean;
}

export interface TableImported {
  rows: number;
  refused: number;
  errors: { line: number; reason: string }[];
  applied: boolean;
}
