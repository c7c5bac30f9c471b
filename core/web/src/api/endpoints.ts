import { request } from './client';
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
  Rule,
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
};
