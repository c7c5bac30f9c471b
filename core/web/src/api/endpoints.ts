import { queryText, request } from './client';
import type {
  Account,
  AlertComment,
  AlertDetail,
  AlertPage,
  AlertPatch,
  Alert,
  AuditEntry,
  Collector,
  CollectorConfiguration,
  EventRecord,
  EventTrace,
  FieldInfo,
  Ledger,
  Page,
  Role,
  SearchAnswer,
  SearchRequest,
  Service,
  ServicePoint,
  Session,
  SourceDetail,
  SourcePage,
  Stage,
  Token,
  User,
} from './types';
import type { ResponseRule, ResponseRun, ResponseTest, RunState } from './responses';
import type { Rule, RuleChanges, RuleException, Suppression } from './rules';
import type { TableFormat, TableImport, TableImported, TableOverview, TableRow } from './tables';

export interface AlertQuery {
  status?: readonly string[];
  priority?: readonly string[];
  assignee?: string;
  rule?: string;
  q?: string;
  from?: number;
  to?: number;
  limit?: number;
  cursor?: string;
}

/** Names a list: several correlators may have one of the same name. */
export interface TableName {
  name: string;
  correlator: string;
  scope: 'correlator' | 'shared';
}

/** Who changes a list: that of all correlators is changed for all, not at one of them. */
const changer = (of: TableName) => ({ correlator: of.scope === 'shared' ? undefined : of.correlator });

const table = ({ name }: TableName, rest: string) => `/tables/${encodeURIComponent(name)}${rest}`;

/** Every route that the interface uses, by name. */
export const api = {
  session: (signal?: AbortSignal) => request<Session>('GET', '/session', { signal }),
  signIn: (login: string, password: string) => request<Session>('POST', '/session', { body: { login, password } }),
  signOut: () => request<undefined>('DELETE', '/session'),

  tokens: () => request<Page<Token>>('GET', '/tokens'),
  createToken: (name: string, expiresAt: number | null) => request<Token>('POST', '/tokens', { body: { name, expiresAt } }),
  revokeToken: (id: string) => request<undefined>('DELETE', `/tokens/${encodeURIComponent(id)}`),

  changePassword: (current: string, password: string) => request<undefined>('PUT', '/session/password', { body: { current, password } }),
  accounts: () => request<Page<Account>>('GET', '/accounts'),
  createAccount: (account: { login: string; name?: string; role: Role; password: string }) => request<Account>('POST', '/accounts', { body: account }),
  patchAccount: (id: string, patch: { name?: string; role?: Role; disabled?: boolean; password?: string }) =>
    request<Account>('PATCH', `/accounts/${encodeURIComponent(id)}`, { body: patch }),
  audit: () => request<Page<AuditEntry>>('GET', '/audit', { query: { limit: 50 } }),

  users: () => request<Page<User>>('GET', '/users'),

  search: (body: SearchRequest, signal?: AbortSignal) => request<SearchAnswer>('POST', '/events/search', { body, signal }),
  fields: () => request<Page<FieldInfo>>('GET', '/events/fields'),
  trace: (id: string, signal?: AbortSignal) => request<EventTrace>('GET', `/ledger/event/${encodeURIComponent(id)}`, { signal }),
  event: (id: string, signal?: AbortSignal) => request<EventRecord>('GET', `/events/${encodeURIComponent(id)}`, { signal }),

  alerts: (query: AlertQuery, signal?: AbortSignal) => {
    const { status, priority, ...rest } = query;
    return request<AlertPage>('GET', '/alerts', {
      query: { ...rest, status: status?.join(','), priority: priority?.join(',') },
      signal,
    });
  },
  alert: (id: string, signal?: AbortSignal, cursor?: string) => request<AlertDetail>('GET', `/alerts/${encodeURIComponent(id)}`, { query: { cursor }, signal }),
  patchAlert: (id: string, patch: AlertPatch) => request<Alert>('PATCH', `/alerts/${encodeURIComponent(id)}`, { body: patch }),
  commentAlert: (id: string, text: string) =>
    request<AlertComment>('POST', `/alerts/${encodeURIComponent(id)}/comments`, { body: { text } }),

  services: () => request<Page<Service>>('GET', '/services'),
  series: (id: string, minutes: number) =>
    request<{ points: ServicePoint[] }>('GET', `/services/${encodeURIComponent(id)}/series`, { query: { minutes } }),
  collectors: () => request<Page<Collector>>('GET', '/collectors'),
  configuration: (name: string) => request<CollectorConfiguration>('GET', `/collectors/${encodeURIComponent(name)}/configuration`),
  stages: (collector: string) => request<Page<Stage>>('GET', `/collectors/${encodeURIComponent(collector)}/stages`),
  sources: (collector: string) => request<SourcePage>('GET', `/collectors/${encodeURIComponent(collector)}/sources`),
  source: (collector: string, id: string) => request<SourceDetail>('GET', `/collectors/${encodeURIComponent(collector)}/sources/${encodeURIComponent(id)}`),
  ledger: (from: number, to: number, signal?: AbortSignal) => request<Ledger>('GET', '/ledger', { query: { from, to }, signal }),
  rules: () => request<Page<Rule>>('GET', '/rules'),
  ruleChanges: () => request<RuleChanges>('GET', '/rules/changes'),
  releaseRule: (id: string) => request<undefined>('DELETE', `/rules/${encodeURIComponent(id)}/quarantine`),
  exceptions: () => request<Page<RuleException>>('GET', '/exceptions'),
  addException: (body: { ruleId: string; fields: Record<string, string>; reason: string; expiresAt: number }) => request<RuleException>('POST', '/exceptions', { body }),
  removeException: (id: string) => request<undefined>('DELETE', `/exceptions/${encodeURIComponent(id)}`),
  suppressions: () => request<Page<Suppression>>('GET', '/suppressions'),
  suppress: (alertId: string, body: { reason: string; expiresAt: number }) => request<Suppression>('POST', `/alerts/${encodeURIComponent(alertId)}/suppression`, { body }),
  responses: () => request<Page<ResponseRule>>('GET', '/responses'),
  responseRuns: (query: { response?: string; state?: RunState; limit?: number; cursor?: string }, signal?: AbortSignal) => request<Page<ResponseRun>>('GET', '/responses/runs', { query, signal }),
  alertResponses: (alertId: string, signal?: AbortSignal) => request<Page<ResponseRun>>('GET', `/alerts/${encodeURIComponent(alertId)}/responses`, { signal }),
  runResponse: (alertId: string, body: { response: string; findingId: string | null }) => request<ResponseRun>('POST', `/alerts/${encodeURIComponent(alertId)}/responses`, { body }),
  tryResponse: (name: string, event: Record<string, unknown>, signal?: AbortSignal) => request<ResponseTest>('POST', `/responses/${encodeURIComponent(name)}/test`, { body: { event }, signal }),
  tables: () => request<TableOverview>('GET', '/tables'),
  tableRows: (of: TableName, q: string, cursor: string | undefined, signal?: AbortSignal) =>
    request<Page<TableRow>>('GET', table(of, '/entries'), { query: { correlator: of.correlator, q, cursor, limit: 100 }, signal }),
  putTableRow: (of: TableName, key: readonly string[], values: Record<string, string[]>) =>
    request<{ applied: boolean }>('PUT', table(of, '/entries'), { query: changer(of), body: { key, values } }),
  deleteTableRow: (of: TableName, key: readonly string[]) => request<{ applied: boolean }>('POST', table(of, '/entries/delete'), { query: changer(of), body: { key } }),
  clearTable: (of: TableName) => request<{ applied: boolean }>('DELETE', table(of, '/entries'), { query: changer(of) }),
  importTable: (of: TableName, { file, format, key, replace, skipBad }: TableImport) =>
    request<TableImported>('POST', table(of, '/import'), { query: { ...changer(of), format, key, replace: String(replace), skipBad: String(skipBad) }, file }),
  /** Address of a download. */
  tableExport: (of: TableName, format: TableFormat) => `/api/v1${table(of, '/export')}${queryText({ correlator: of.correlator, format })}`,
  endSuppression: (id: string) => request<undefined>('DELETE', `/suppressions/${encodeURIComponent(id)}`),
};
