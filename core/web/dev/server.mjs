// Development server: the core's REST interface over made-up data, and the built interface from dist/ with the product's headers.
//   node dev/server.mjs [port]      sign in as admin / tocsin
// Options by environment: SLOW=milliseconds (delay of each search), LOSS=1 (a ledger that does not balance).
import { createServer } from 'node:http';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { addressOf, alerts, events, exceptions, fields, newId, random, rules, schema, suppressions, users } from './data.mjs';
import { listRuns, responses, runByHand, runsOf, tryOut } from './responses.mjs';
import { run, SqlError } from './sql.mjs';
import { overview, tableRoute } from './tables.mjs';

const port = Number(process.argv[2] ?? 7400);
const dist = new URL('../dist/', import.meta.url).pathname;
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const sessions = new Map();
const attempts = new Map();
const tokens = [{ id: newId(Date.now()), name: 'nightly report', createdAt: Date.now() - 9e8, expiresAt: Date.now() + 6e9, lastUsedAt: Date.now() - 4e7 }];
const accounts = users.map(({ id, login, name, role }) => ({ id, login, name, role, disabled: false, createdAt: Date.now() - 9e9 }));
accounts.push({ id: newId(Date.now()), login: 'erik', name: 'Erik Holm', role: 'viewer', disabled: true, createdAt: Date.now() - 8e9 });
const audit = [];
const record = (actor, action, subject, detail = '') => audit.unshift({ id: audit.length + 1, time: Date.now() - 60_000 * (3 - Math.min(3, audit.length)), actor, action, subject, detail });
record('admin', 'user-created', 'erik', 'role viewer');
record('admin', 'user-disabled', 'erik');
record('boris', 'signed-in', 'boris');
/** Hits that come with an alert; the rest by cursor. */
const hitPage = 3;
const started = Date.now() - 7_800_000;

class Refusal extends Error {
  constructor(status, code, detail, extra = {}) {
    super(detail);
    this.status = status;
    this.body = { type: 'about:blank', title: { 400: 'Bad request', 401: 'Not signed in', 403: 'Forbidden', 404: 'Not found', 409: 'Conflict', 429: 'Too many attempts' }[status], status, detail, code, ...extra };
  }
}

const moment = (value, otherwise) => (value === undefined || value === null || value === '' ? otherwise : typeof value === 'number' ? value : /^\d+$/.test(value) ? Number(value) : Date.parse(value));

function search({ sql, from, to, limit = 1000 }) {
  const lower = moment(from, 0);
  const upper = moment(to, Date.now());
  const began = performance.now();
  const bounded = events.filter((event) => event.Timestamp >= lower && event.Timestamp < upper);
  try {
    const { columns, rows } = run(sql, bounded, schema);
    const cut = rows.slice(0, limit);
    return { columns, rows: cut, statistics: { elapsedMillis: Math.round(performance.now() - began), rowsRead: bounded.length, bytesRead: bounded.length * 412, rows: cut.length, truncated: rows.length > limit } };
  } catch (error) {
    if (error instanceof SqlError) throw new Refusal(400, 'sql', error.message, { line: error.line, column: error.column, title: 'The statement is wrong' });
    throw error;
  }
}

const publicUser = ({ id, login, name }) => ({ id, login, name });
const short = ({ events: _e, comments: _c, history: _h, ...alert }) => ({ ...alert, ...(alert.assignee ? { assignee: publicUser(alert.assignee) } : {}) });

function listAlerts(query, user) {
  const list = (name) => (query.get(name) ?? '').split(',').filter(Boolean);
  const [statuses, levels, assignees, ruleIds] = ['status', 'priority', 'assignee', 'rule'].map(list);
  const text = (query.get('q') ?? '').toLowerCase();
  const matching = alerts.filter((alert) =>
    (levels.length === 0 || levels.includes(String(alert.priority))) &&
    (ruleIds.length === 0 || ruleIds.includes(alert.ruleId)) &&
    (assignees.length === 0 || assignees.some((one) => (one === 'none' ? !alert.assignee : alert.assignee?.id === (one === 'me' ? user.id : one)))) &&
    alert.lastSeen >= moment(query.get('from'), 0) && alert.lastSeen < moment(query.get('to'), Infinity) &&
    `${alert.name} ${alert.summary} ${alert.entities.map((entity) => entity.value).join(' ')}`.toLowerCase().includes(text));
  const counts = { new: 0, assigned: 0, closed: 0 };
  for (const alert of matching) counts[alert.status]++;
  const found = matching.filter((alert) => statuses.length === 0 || statuses.includes(alert.status));
  const offset = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  return { items: found.slice(offset, offset + limit).map(short), ...(offset + limit < found.length ? { next: String(offset + limit) } : {}), counts };
}

function findAlert(id) {
  return alerts.find((alert) => alert.id === id) ?? (() => { throw new Refusal(404, 'not_found', 'there is no such alert'); })();
}

function patchAlert(id, patch, user) {
  const alert = findAlert(id);
  if (patch.version !== alert.version) throw new Refusal(409, 'conflict', 'the alert has changed meanwhile, load it again');
  const note = (change, from, to) => from !== to && alert.history.push({ time: Date.now(), user: publicUser(user), change, ...(from ? { from } : {}), ...(to ? { to } : {}) });
  const statusText = () => (alert.closingReason ? `${alert.status}: ${alert.closingReason}` : alert.status);
  const before = { status: statusText(), assignee: alert.assignee?.id, priority: String(alert.priority) };
  if ('assignee' in patch) {
    alert.assignee = patch.assignee === null ? undefined : users.find((one) => one.id === patch.assignee);
    if (!patch.status && alert.status !== 'closed') alert.status = alert.assignee ? 'assigned' : 'new';
  }
  if (patch.status) {
    if (patch.status === 'closed' && !(patch.closingReason ?? alert.closingReason)) throw new Refusal(400, 'invalid', 'closingReason is missing', { errors: [{ field: 'closingReason', message: 'is missing: say why the alert is closed' }] });
    alert.status = patch.status;
    if (patch.status === 'assigned' && !alert.assignee) alert.assignee = user;
    if (patch.status === 'new') delete alert.assignee;
    if (patch.status === 'closed') alert.closingReason = patch.closingReason ?? alert.closingReason;
    else delete alert.closingReason;
  }
  if (patch.priority) Object.assign(alert, { priority: patch.priority, priorityManual: true });
  note('status', before.status, statusText());
  note('assignee', before.assignee, alert.assignee?.id);
  note('priority', before.priority, String(alert.priority));
  Object.assign(alert, { version: alert.version + 1, updatedAt: Date.now() });
  return short(alert);
}

const services = () => {
  const wave = 900 + 380 * Math.sin(Date.now() / 40_000) + random() * 90;
  const make = (id, name, kind, rate, more = {}) => ({ id, name, kind, status: 'up', since: started, version: '0.1.0', eventsPerSecond: rate, bufferBytes: 0, bufferEvents: 0, oldestAgeMillis: 0, ...more });
  return [
    make('core', 'core', 'core', 0, { address: 'https://0.0.0.0:7443' }),
    make('collector-syslog', 'syslog', 'collector', wave, { address: 'tcp 0.0.0.0:5514, udp 0.0.0.0:5514', bufferBytes: 184_320, bufferEvents: 412, oldestAgeMillis: 340 }),
    make('collector-web', 'web access', 'collector', wave * 0.4, { address: 'file /var/log/nginx/access.log' }),
    make('collector-firewall', 'firewall', 'collector', 0, { status: 'starting', since: Date.now() - 9000, address: 'tcp 0.0.0.0:5515', detail: 'opening the durable log' }),
    make('correlator', 'correlator', 'correlator', wave * 1.4),
    make('storage', 'storage', 'storage', wave * 1.38, { address: '127.0.0.1:7410', bufferBytes: 2_411_724, bufferEvents: 5210, oldestAgeMillis: 1900, detail: 'ClickHouse 26.5, 8.1 GiB on disk' }),
  ];
};

function series(minutes) {
  const points = [];
  for (let time = Date.now() - minutes * 60_000; time < Date.now(); time += 30_000) points.push({ time, eventsPerSecond: Math.max(0, 900 + 380 * Math.sin(time / 400_000) + 120 * Math.sin(time / 47_000)), bufferBytes: 100_000 });
  return { points };
}

function ledger(from, to) {
  const entries = [];
  const lines = new Map();
  for (const event of events) {
    if (event.Type !== 1 || event.Timestamp < from || event.Timestamp >= to) continue;
    const minute = Math.floor(event.Timestamp / 60_000) * 60_000;
    const key = `${minute}|${event.EntryAddress}`;
    lines.set(key, (lines.get(key) ?? 0) + 1);
  }
  for (const [key, count] of lines) {
    const [minute, source] = key.split('|');
    const odd = Number(minute) % 420_000 === 0 && source.endsWith('12');
    const rejected = odd ? { 'event-too-long': 1 } : {};
    const inFlight = Number(minute) > Date.now() - 90_000 ? Math.min(1, count) : 0;
    const lost = process.env.LOSS && odd ? 2 : 0;
    entries.push({ minute: Number(minute), collector: 'syslog', source, received: count * 9 + (odd ? 1 : 0) + lost, stored: count * 7 - inFlight, filtered: count, aggregated: count, rejected, inFlight, balance: lost });
  }
  entries.sort((a, b) => b.minute - a.minute || a.source.localeCompare(b.source));
  const sum = (name) => entries.reduce((total, entry) => total + entry[name], 0);
  const refused = entries.reduce((total, entry) => total + (entry.rejected['event-too-long'] ?? 0), 0);
  return { from, to, totals: { received: sum('received'), stored: sum('stored'), filtered: sum('filtered'), aggregated: sum('aggregated'), rejected: refused ? { 'event-too-long': refused } : {}, inFlight: sum('inFlight') }, balance: sum('balance'), entries };
}

const collectors = () =>
  services()
    .filter((one) => one.kind === 'collector')
    .map((one) => ({ name: one.name, type: one.name === 'web access' ? 'file' : 'tcp', normalizer: 'auto', status: one.status, since: one.since, addresses: one.address.split(', '), destinations: ['storage', 'correlator'], openSources: hostsOf[one.name].length, eventsPerSecond: one.eventsPerSecond, openEvents: 12, waitingForLog: false, received: 4_812_300, rejected: 7, logged: 4_700_100, fingerprint: '9f41c07be2d85a13' }));

/** An event that is stored; one whose identifier ends with 0 waits for a destination. */
function trace(eventId) {
  const received = Date.now() - 86_000;
  const waits = eventId.endsWith('0');
  return {
    id: eventId, status: 'stored', explanation: 'the event is in storage',
    hops: [
      { hop: 'received', where: 'linux (tcp) from 10.0.1.14', time: received, done: true },
      { hop: 'logged', where: 'events at 1843:90112', time: received + 3, done: true },
      { hop: 'correlator', where: 'events', time: null, done: true },
      { hop: 'destination.archive', where: 'events', time: null, done: !waits },
      { hop: 'stored', where: 'storage', time: received + 412, done: true },
    ],
  };
}

const stages = () => {
  const stage = (name, type, received, sent, more = {}) => ({ name, type, received, sent, dropped: {}, errors: 0, millis: 8200, details: {}, ...more });
  return [
    stage('receive', 'tcp', 4_812_300, 4_812_293, { dropped: { 'event-too-long': 7 }, millis: null }),
    stage('normalize', 'auto', 4_812_293, 4_812_293, { errors: 3120, millis: 61_400, details: { notUnderstood: 2950 } }),
    stage('noise', 'filter', 4_812_293, 4_700_100, { dropped: { filtered: 112_193 } }),
    stage('places', 'enrich', 4_700_100, 4_700_100, { details: { found: 3_911_000, notFound: 789_100 } }),
    stage('log', 'log', 4_700_100, 4_700_100, { millis: 9100 }),
  ];
};

/** What each collector has events of; the first source is understood, the second partly since an update of its sender, the third sends what nobody reads. */
const hostsOf = { syslog: ['db-01', 'bastion', 'mail-01'], 'web access': ['web-01', 'web-02'], firewall: ['dc-01'] };
const sources = (collector) => {
  const make = (id, source, percent, recent, more = {}) => {
    const total = 1_200_000 / (Number(id) + 1);
    const bad = Math.round((total * (100 - percent)) / 100);
    return { id, source, firstSeen: started - 86_400_000, lastSeen: Date.now() - 1200, events: Math.round(total), parsed: Math.round(total) - bad, partial: Math.round(bad / 3), failed: bad - Math.round(bad / 3), missing: 0, successPercent: percent, recentSuccessPercent: recent, eventsPerSecond: 310 / (Number(id) + 1), normalizers: [{ name: 'syslog', events: Math.round(total) }], sampledEvents: 4096, fadedFields: [], ...more };
  };
  const address = (hostsOf[collector] ?? []).map(addressOf);
  return [
    make('0', address[0], 99.97, 100),
    make('1', address[1], 93.1, 61.5, { missing: 1432, fadedFields: ['SourceUserName', 'DeviceAction'] }),
    make('2', address[2], 12.4, null, { normalizers: [{ name: 'message', events: 9000 }] }),
  ].slice(0, address.length);
};

function source(collector, id) {
  const summary = sources(collector).find((one) => one.id === id);
  if (!summary) throw new Refusal(404, 'not_found', 'there is no such source');
  const minutes = [];
  for (let time = Math.floor(Date.now() / 60_000) * 60_000 - 59 * 60_000; time <= Date.now(); time += 60_000) minutes.push({ time, events: 1800, parsed: Math.round(18 * (summary.recentSuccessPercent ?? summary.successPercent)) });
  const field = (name, percent, recentPercent) => ({ field: name, percent, recentPercent, faded: summary.fadedFields.includes(name) });
  return {
    collector,
    summary,
    fields: [field('DeviceHostName', 100, 100), field('SourceAddress', 97.2, 96.8), field('SourceUserName', 88, 3.5), field('DeviceAction', 71, 0)],
    errors: summary.failed > 0 ? [{ field: 'DeviceReceiptTime', reason: 'not a time', count: summary.partial, lastTime: Date.now() - 4000 }] : [],
    failures: summary.failed > 0 ? [{ time: Date.now() - 4000, understood: true, normalizer: 'syslog', field: 'DeviceReceiptTime', reason: 'not a time', errors: 1, sample: '<86>Nov 31 10:11:12 bastion sshd[77]: Accepted publickey for meyer from 198.51.100.7 port 50000 ssh2', bytes: 101 }, { time: Date.now() - 9000, understood: false, normalizer: '', field: '', reason: 'no normalizer understands it', errors: 1, sample: '\\u0000\\u0001\\u0002', bytes: 3 }] : [],
    minutes,
  };
}

function signIn({ login, password }) {
  const failed = (attempts.get(login) ?? []).filter((time) => time > Date.now() - 60_000);
  if (failed.length >= 10) throw new Refusal(429, 'too_many_attempts', 'too many failed attempts for this login, wait a minute');
  const user = users.find((one) => one.login === login);
  if (!user || password !== 'tocsin') {
    attempts.set(login, [...failed, Date.now()]);
    throw new Refusal(401, 'wrong_credentials', 'the login or the password is wrong');
  }
  const key = newId(Date.now());
  const session = { user, csrf: newId(Date.now()) };
  sessions.set(key, session);
  return { key, session };
}

async function answer(request, url, body, response, text) {
  const route = url.pathname.replace('/api/v1', '');
  const cookies = Object.fromEntries((request.headers.cookie ?? '').split('; ').map((part) => part.split('=')));
  const session = sessions.get(cookies.TOCSIN_SESSION);
  const key = `${request.method} ${route.split('/')[1]}`;
  if (request.method === 'POST' && route === '/session') {
    const { key: secret, session: opened } = signIn(body);
    response.setHeader('Set-Cookie', [`TOCSIN_SESSION=${secret}; Path=/; HttpOnly; SameSite=Strict`, `TOCSIN_CSRF=${opened.csrf}; Path=/; SameSite=Strict`]);
    return opened;
  }
  if (!session) throw new Refusal(401, 'unauthenticated', 'sign in first');
  if (request.method !== 'GET' && request.headers['x-csrf-token'] !== session.csrf) throw new Refusal(403, 'csrf', 'the X-CSRF-Token header is missing or wrong');
  const { user } = session;
  if (route === '/tables') return overview();
  if (route.startsWith('/tables/')) {
    const found = tableRoute(request.method, route.split('/').slice(2).map(decodeURIComponent), url.searchParams, body, text);
    if (!found) throw new Refusal(404, 'not_found', 'there is no such list or table');
    if (Array.isArray(found.refused)) throw new Refusal(400, 'invalid', `nothing was imported: ${found.refused.length} rows have mistakes`, { errors: found.refused.map((one) => ({ field: `line ${one.line}`, message: one.reason })) });
    return found;
  }
  const id = decodeURIComponent(route.split('/')[2] ?? '');
  switch (key) {
    case 'GET session': return session;
    case 'PUT session': {
      if (body.current !== 'tocsin') throw new Refusal(400, 'invalid', 'the request has mistakes', { errors: [{ field: 'current', message: 'is not your password' }] });
      record(user.login, 'password-changed', user.login);
      return undefined;
    }
    case 'GET accounts': return { items: accounts, next: null };
    case 'POST accounts': {
      if (accounts.some((one) => one.login === body.login)) throw new Refusal(409, 'conflict', 'there is an account with this login');
      const account = { id: newId(Date.now()), login: body.login, name: body.name ?? body.login, role: body.role, disabled: false, createdAt: Date.now() };
      accounts.push(account);
      record(user.login, 'user-created', account.login, `role ${account.role}`);
      return account;
    }
    case 'PATCH accounts': {
      const account = accounts.find((one) => one.id === id) ?? (() => { throw new Refusal(404, 'not_found', 'there is no such account'); })();
      const { password, ...rest } = body;
      if ('disabled' in rest) record(user.login, rest.disabled ? 'user-disabled' : 'user-enabled', account.login);
      else if (password) record(user.login, 'password-reset', account.login);
      else record(user.login, 'user-changed', account.login);
      return Object.assign(account, rest);
    }
    case 'GET audit': return { items: audit, next: null };
    case 'DELETE session': return void sessions.delete(cookies.TOCSIN_SESSION);
    case 'GET tokens': return { items: tokens };
    case 'POST tokens': {
      const token = { id: newId(Date.now()), name: body.name, createdAt: Date.now(), expiresAt: body.expiresAt, lastUsedAt: null };
      tokens.unshift(token);
      return { ...token, secret: `tocsin_${newId(Date.now()).replaceAll('-', '')}` };
    }
    case 'DELETE tokens': return void tokens.splice(tokens.findIndex((token) => token.id === id), 1);
    case 'GET users': return { items: users.map(publicUser) };
    case 'POST events':
      await new Promise((resolve) => setTimeout(resolve, Number(process.env.SLOW ?? 60)));
      return search(body);
    case 'GET events': {
      if (id === 'fields') return { items: fields };
      const event = events.find((one) => one.ID === id);
      if (!event) throw new Refusal(404, 'not_found', 'there is no such event');
      const out = {};
      for (const [name, value] of Object.entries(event)) if (value !== '' && value !== undefined) out[name] = schema.get(name) === 'TIMESTAMP' ? new Date(value).toISOString() : value;
      return out;
    }
    case 'GET alerts': {
      if (!id) return listAlerts(url.searchParams, user);
      if (route.endsWith('/responses')) return runsOf(id);
      const alert = findAlert(id);
      const at = Number(url.searchParams.get('cursor') ?? 0);
      const priorityExplanation = { priority: alert.priority, formula: 'the rule', factors: [{ factor: 'rule', name: alert.ruleId, value: alert.rulePriority, asset: null, text: 'priority of the rule' }, { factor: 'asset-category', name: '', value: 0, asset: null, text: 'no asset categories are defined' }] };
      const suppression = suppressions.find((one) => one.alertId === id && one.endedAt === null) ?? null;
      return { ...alert, ...short(alert), priorityExplanation, suppression, events: alert.events.slice(at, at + hitPage), eventsNext: at + hitPage < alert.events.length ? String(at + hitPage) : null };
    }
    case 'PATCH alerts': return patchAlert(id, body, user);
    case 'POST alerts': {
      if (route.endsWith('/responses')) {
        findAlert(id).history.push({ time: Date.now(), user: publicUser(user), change: 'response', from: null, to: body.response });
        return runByHand(findAlert(id), body.response, body.findingId, user.login);
      }
      if (route.endsWith('/suppression')) {
        const alert = findAlert(id);
        const held = { id: newId(Date.now()), ruleId: alert.ruleId, ruleName: alert.ruleName, segmentation: 'default', group: alert.group, alertId: id, createdBy: user.login, createdAt: Date.now(), endedAt: null, hits: 0, lastHit: null, ...body };
        suppressions.push(held);
        return held;
      }
      const comment = { id: newId(Date.now()), author: publicUser(user), text: body.text, createdAt: Date.now() };
      findAlert(id).comments.push(comment);
      return comment;
    }
    case 'GET services': return id ? series(Number(url.searchParams.get('minutes') ?? 60)) : { items: services() };
    case 'GET collectors': {
      if (!id) return { items: collectors() };
      const [what, sourceId] = route.split('/').slice(3).map(decodeURIComponent);
      if (what === 'configuration') return { name: id, fingerprint: '9f41c07be2d85a13', parts: { 'connector.listen': '1c9a04f2', 'connector.type': '77ab3e10', destinations: '0d2e91c4', keepRaw: 'a3f1b2c9', 'normalizer auto': '5be0417d', 'enrichment places': 'e1902ab7' } };
      if (what === 'stages') return { items: stages() };
      if (what === 'sources') return sourceId ? source(id, sourceId) : { items: sources(id), next: null, forgottenSources: 0, forgottenEvents: 0 };
      throw new Refusal(404, 'not_found', 'there is no such route');
    }
    case 'GET ledger': if (id === 'event') return trace(decodeURIComponent(route.split('/')[3]));
      return ledger(moment(url.searchParams.get('from'), Date.now() - 3_600_000), moment(url.searchParams.get('to'), Date.now()));
    case 'GET rules': return id === 'changes' ? { items: [{ time: Date.now() - 900_000, added: ['new-sudoer'], changed: ['port-scan'], removed: ['old-rule'], unchanged: rules.length - 2 }], leftOut: [{ file: '/etc/tocsin/rules/broken.yml', line: 5, rule: 'broken', reason: 'modifier is not supported [modifier=nonsense]' }], refused: null } : { items: rules };
    case 'DELETE rules': {
      const stopped = rules.find((one) => one.id === id);
      Object.assign(stopped, { enabled: true, quarantine: null });
      return undefined;
    }
    case 'GET responses': return id === 'runs' ? listRuns(url.searchParams) : { items: responses(), next: null };
    case 'POST responses': return tryOut(id, body.event);
    case 'GET exceptions': return { items: exceptions };
    case 'POST exceptions': {
      const made = { id: newId(Date.now()), createdBy: user.login, createdAt: Date.now(), hits: 0, lastHit: null, ...body };
      exceptions.push(made);
      return made;
    }
    case 'DELETE exceptions': exceptions.splice(exceptions.findIndex((one) => one.id === id), 1);
      return undefined;
    case 'GET suppressions': return { items: suppressions };
    case 'DELETE suppressions': suppressions.find((one) => one.id === id).endedAt = Date.now();
      return undefined;
    default: throw new Refusal(404, 'not_found', 'there is no such route');
  }
}

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
function file(url, response) {
  let path = join(dist, normalize(url.pathname));
  if (!path.startsWith(dist) || !existsSync(path) || !statSync(path).isFile()) path = join(dist, 'index.html');
  if (!existsSync(path)) return response.writeHead(404).end('no dist/: run npm run build first');
  response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' });
  createReadStream(path).pipe(response);
}

createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (!url.pathname.startsWith('/api/')) return file(url, response);
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    try {
      const text = Buffer.concat(chunks).toString();
      const isJson = text !== '' && request.headers['content-type'] !== 'application/octet-stream';
      const result = await answer(request, url, isJson ? JSON.parse(text) : {}, response, text);
      if (result?.download !== undefined) return response.writeHead(200, { 'Content-Type': 'text/csv', 'Content-Disposition': `attachment; filename="${result.name}"` }).end(result.download);
      if (result === undefined) return response.writeHead(204).end();
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(result));
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      const body = error instanceof Refusal ? error.body : { title: 'Internal error', status: 500, detail: String(error), code: 'internal' };
      response.writeHead(body.status, { 'Content-Type': 'application/problem+json', ...(body.status === 429 ? { 'Retry-After': '60' } : {}) }).end(JSON.stringify(body));
    }
  });
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}   admin / tocsin   ${events.length} events, ${alerts.length} alerts`));
