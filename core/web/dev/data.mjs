// Made-up events and alerts for the development server: a day of ordinary traffic with a brute force, a scan and a break-in in it.
import { readFileSync } from 'node:fs';

let seed = 20261122;
export function random() {
  // mulberry32
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const int = (from, to) => from + Math.floor(random() * (to - from + 1));
const hex = (digits) => Array.from({ length: digits }, () => int(0, 15).toString(16)).join('');

export function newId(time) {
  const stamp = Math.floor(time).toString(16).padStart(12, '0');
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
}

export const fields = readFileSync(new URL('../../../event/src/schema/fields.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => {
    const [, name, type, size, group, cef, ecs, meaning] = line.split('\t');
    return { name, type: type.toLowerCase(), size: Number(size), group, meaning, ...(cef === '-' ? {} : { cef }), ...(ecs === '-' ? {} : { ecs }) };
  });
export const schema = new Map(fields.map((field) => [field.name, field.type.toUpperCase()]));

const people = ['anna', 'boris', 'chen', 'dmitri', 'elena', 'farid', 'grace', 'hugo', 'irina', 'jonas'];
const hosts = ['web-01', 'web-02', 'db-01', 'mail-01', 'bastion', 'build-03', 'files-02', 'dc-01'];
const outside = () => `${pick([45, 62, 91, 103, 141, 185, 193, 203])}.${int(1, 250)}.${int(1, 250)}.${int(1, 250)}`;
const inside = () => `10.${int(0, 3)}.${int(0, 20)}.${int(2, 250)}`;
const day = 86_400_000;
export const start = Date.now() - day;

/** The collectors that take the events of some programs; `syslog` takes the rest. */
const collectorOf = { nginx: 'web access', gateway: 'firewall' };
export const addressOf = (host) => `10.0.0.${10 + hosts.indexOf(host)}`;

function base(time, host, process, extra) {
  return {
    ID: newId(time), Timestamp: time, Type: 1, Priority: 0, ServiceName: collectorOf[process] ?? 'syslog', ConnectorName: pick(['syslog-tcp', 'syslog-udp']), EntryAddress: addressOf(host),
    EntryPort: int(32_000, 60_000), ListenPort: 5514, NormalizerName: process, DeviceHostName: host, DeviceProcessName: process, DeviceVendor: 'Linux', DeviceReceiptTime: time - int(0, 900), ...extra,
  };
}
const syslog = (time, host, process, text) => `<${int(30, 90)}>${new Date(time).toUTCString().slice(8, 11)} ${new Date(time).getUTCDate()} ${new Date(time).toISOString().slice(11, 19)} ${host} ${process}[${int(800, 32_000)}]: ${text}`;

function failed(time, host, address, user) {
  const port = int(30_000, 65_000);
  const message = `Failed password for ${pick(['', 'invalid user '])}${user} from ${address} port ${port} ssh2`;
  return base(time, host, 'sshd', {
    Name: 'SSH login failed', DeviceProduct: 'OpenSSH', DeviceEventCategory: 'authentication', EventOutcome: 'failed', SourceAddress: address, SourcePort: port, DestinationPort: 22, DestinationUserName: user,
    TransportProtocol: 'TCP', ApplicationProtocol: 'SSH', Message: message, Raw: syslog(time, host, 'sshd', message),
  });
}
function accepted(time, host, address, user) {
  const port = int(30_000, 65_000);
  const message = `Accepted publickey for ${user} from ${address} port ${port} ssh2: ED25519 SHA256:${hex(20)}`;
  return base(time, host, 'sshd', {
    Name: 'SSH login', DeviceProduct: 'OpenSSH', DeviceEventCategory: 'authentication', EventOutcome: 'succeeded', SourceAddress: address, SourcePort: port, DestinationPort: 22, DestinationUserName: user,
    TransportProtocol: 'TCP', ApplicationProtocol: 'SSH', Message: message, Raw: syslog(time, host, 'sshd', message),
  });
}
function sudo(time, host, user, command) {
  const message = `${user} : TTY=pts/${int(0, 5)} ; PWD=/home/${user} ; USER=root ; COMMAND=${command}`;
  return base(time, host, 'sudo', {
    Name: 'Command run as root', DeviceProduct: 'sudo', SourceUserName: user, DestinationUserName: 'root', DeviceCustomString1: command, DeviceCustomString1Label: 'command', EventOutcome: 'succeeded',
    Message: message, Raw: syslog(time, host, 'sudo', message),
  });
}
function web(time, host, address) {
  const path = pick(['/', '/login', '/api/v2/items', '/static/app.js', '/health', '/search?q=pump', '/cart', '/img/logo.svg', '/wp-login.php', '/.env']);
  const status = path.startsWith('/wp') || path === '/.env' ? 404 : pick([200, 200, 200, 200, 304, 302, 500]);
  const bytes = int(200, 90_000);
  const message = `${address} - - [${new Date(time).toISOString()}] "GET ${path} HTTP/1.1" ${status} ${bytes} "-" "Mozilla/5.0"`;
  return base(time, host, 'nginx', {
    Name: 'HTTP request', DeviceProduct: 'nginx', SourceAddress: address, RequestMethod: 'GET', RequestUrl: path, DeviceCustomNumber1: status, DeviceCustomNumber1Label: 'status', BytesOut: bytes, DestinationPort: 443,
    RequestClientApplication: 'Mozilla/5.0', Message: message, Raw: syslog(time, host, 'nginx', message), Extra: { upstream: `10.1.0.${int(2, 9)}`, request_time: (random() * 2).toFixed(3) },
  });
}
function firewall(time, address, to, port, action) {
  const message = `${action.toUpperCase()} TCP ${address}:${int(1024, 65_000)} -> ${to}:${port}`;
  return base(time, 'dc-01', 'gateway', {
    Name: `Connection ${action}`, DeviceVendor: 'Acme', DeviceProduct: 'Gateway', DeviceHostName: 'fw-edge', DeviceAction: action, SourceAddress: address, DestinationAddress: to, DestinationPort: port, TransportProtocol: 'TCP',
    BytesIn: int(60, 9000), Message: message, Raw: `CEF:0|Acme|Gateway|7.1|${action === 'deny' ? 200 : 100}|Connection ${action}|${action === 'deny' ? 5 : 2}|src=${address} dst=${to} dpt=${port} proto=TCP act=${action}`,
  });
}

export const events = [];
for (let i = 0; i < 24_000; i++) {
  // More in working hours, and never quite even.
  const at = random();
  if (random() > 0.35 + 0.65 * Math.sin(Math.PI * at) ** 2) continue;
  const time = Math.floor(start + at * day);
  const kind = random();
  if (kind < 0.5) events.push(web(time, pick(['web-01', 'web-02']), random() < 0.8 ? outside() : inside()));
  else if (kind < 0.72) events.push(firewall(time, outside(), inside(), pick([22, 23, 80, 443, 445, 3389, 8080]), random() < 0.3 ? 'deny' : 'allow'));
  else if (kind < 0.84) events.push(accepted(time, pick(hosts), inside(), pick(people)));
  else if (kind < 0.93) events.push(sudo(time, pick(hosts), pick(people), pick(['/usr/bin/systemctl restart nginx', '/usr/bin/apt-get update', '/usr/bin/journalctl -xe', '/usr/bin/vim /etc/hosts'])));
  else events.push(failed(time, pick(hosts), random() < 0.5 ? outside() : inside(), pick([...people, 'root', 'admin'])));
}

export const users = [
  { id: '0192aa00-0000-7000-8000-000000000001', login: 'admin', name: 'Anna Lindqvist', role: 'admin' },
  { id: '0192aa00-0000-7000-8000-000000000002', login: 'boris', name: 'Boris Petrov', role: 'analyst' },
  { id: '0192aa00-0000-7000-8000-000000000003', login: 'chen', name: 'Chen Wei', role: 'analyst' },
];

export const rules = [
  ['ssh-brute-force', 'SSH brute force', 'standard', 'own', 3, ['T1110.001']], ['success-after-brute-force', 'Login after brute force', 'standard', 'own', 4, ['T1110', 'T1078']],
  ['port-scan', 'Port scan on the firewall', 'standard', 'own', 2, ['T1046']], ['web-scanner', 'Web scanner', 'standard', 'own', 2, ['T1595.002']], ['new-sudoer', 'New sudoer', 'simple', 'own', 3, ['T1548.003']],
  ['root-login', 'Direct root login', 'simple', 'own', 3, ['T1078.003']], ['log-cleared', 'Log cleared', 'simple', 'own', 4, ['T1070.002']], ['sensitive-file', 'Request for a sensitive file', 'simple', 'own', 1, ['T1083']],
  ['proc_creation_lnx_base64_decode', 'Decode Base64 Encoded Text', 'simple', 'sigma', 1, ['T1027']], ['lnx_shell_susp_rev_shells', 'Suspicious Reverse Shell Command Line', 'simple', 'sigma', 3, ['T1059.004']],
  ['lnx_auditd_susp_c2_commands', 'Suspicious C2 Activities', 'simple', 'sigma', 2, ['T1071']],
].map(([id, name, kind, source, priority, mitre]) => ({ id, name, kind, source, priority, enabled: id !== 'lnx_auditd_susp_c2_commands', hits: 0, lastHit: null, mitre, file: `/etc/tocsin/rules/${id}.yaml`, line: 1, segmentations: ['default'],
  work: { keys: kind === 'standard' ? int(1, 900) : 0, heldBytes: kind === 'standard' ? int(4_000, 400_000) : 0, evictedKeys: 0, lateEvents: 0, rateLimited: 0 },
  coverage: { state: source === 'sigma' && priority < 3 ? 'starved' : 'can-fire', missing: source === 'sigma' && priority < 3 ? ['Extra.a0'] : [], sourceEvents: int(100, 90_000), lastSource: Date.now() - int(1_000, 90_000), observedPercent: 100 },
  cost: { nanosPerEvent: int(2, 900), corePercent: int(1, 300) / 100, costly: false },
  quarantine: id === 'lnx_auditd_susp_c2_commands' ? { since: Date.now() - 3_600_000, reason: 'took 41.2 % of a core for 60 s, allowed are 25 %' } : null,
}));
export const exceptions = [];
export const suppressions = [];

export const alerts = [];
function alert(ruleId, priority, hits, summary, entities, tactics, shape = {}) {
  const rule = rules.find((one) => one.id === ruleId);
  const made = hits.map(({ time, of, fields: more, text }) => {
    const id = newId(time);
    const correlation = {
      ID: id, Timestamp: time, Type: 3, Priority: priority, Name: rule.name, ServiceName: 'correlator', CorrelationRuleID: rule.id, CorrelationRuleName: rule.name, BaseEventIDs: of.map((event) => event.ID),
      BaseEventCount: of.length, GroupedBy: Object.keys(more), Tactic: tactics.join(', '), Technique: rule.mitre.join(', '), Message: text ?? summary, StartTime: of[0].Timestamp, EndTime: of[of.length - 1].Timestamp, ...more,
    };
    events.push(...of, correlation);
    return { id, time, summary: text ?? summary, fields: { ...correlation, Timestamp: new Date(time).toISOString() }, baseEventIds: correlation.BaseEventIDs };
  }).reverse();
  const first = Math.min(...hits.flatMap((hit) => hit.of.map((event) => event.Timestamp)));
  const last = hits[hits.length - 1].time;
  rule.hits += hits.length;
  rule.lastHit = Math.max(rule.lastHit ?? 0, last);
  alerts.push({
    id: newId(last), segmentation: 'default', group: Object.entries(hits[0].fields).map(([name, value]) => `${name}=${value}`).join('\n'), name: rule.name, ruleId: rule.id, ruleName: rule.name, status: 'new', priority, priorityManual: false, rulePriority: priority, firstSeen: first, lastSeen: last, createdAt: hits[0].time, updatedAt: last,
    count: hits.length, overflow: false, entities, tactics, techniques: rule.mitre, summary, version: 1, events: made, comments: [], history: [{ time: hits[0].time, change: 'created' }], ...shape,
  });
}
const bruteForce = (host, address, user, end, count) => Array.from({ length: count }, (_, i) => failed(end - (count - i) * int(700, 2600), host, address, user));

const now = Date.now();
{
  const address = '203.0.113.77';
  const attempts = bruteForce('bastion', address, 'root', now - 14 * 60_000, 34);
  const login = accepted(now - 13 * 60_000, 'bastion', address, 'deploy');
  login.Message = login.Message.replace('publickey', 'password');
  const text = `34 failed logins from ${address} on bastion, then a success as deploy`;
  alert('success-after-brute-force', 4, [{ time: login.Timestamp + 40, of: [...attempts, login], fields: { SourceAddress: address, DeviceHostName: 'bastion' }, text }], text,
    [{ kind: 'address', value: address }, { kind: 'host', value: 'bastion' }, { kind: 'user', value: 'deploy' }], ['TA0006', 'TA0001']);
  alert('new-sudoer', 3, [{ time: now - 11 * 60_000, of: [sudo(now - 11 * 60_000 - 300, 'bastion', 'deploy', '/usr/sbin/usermod -aG sudo support')], fields: { DeviceHostName: 'bastion', SourceUserName: 'deploy' } }],
    'deploy made support a sudoer on bastion', [{ kind: 'user', value: 'deploy' }, { kind: 'host', value: 'bastion' }], ['TA0004']);
}
for (let i = 0; i < 60; i++) {
  const end = now - int(20, 1430) * 60_000;
  const address = outside();
  const host = pick(hosts);
  const kind = pick(['ssh', 'scan', 'web', 'root']);
  const closed = i % 3 === 0 ? { status: 'closed', closingReason: pick(['responded', 'incorrect-data', 'incorrect-rule']), assignee: pick(users) } : i % 4 === 0 ? { status: 'assigned', assignee: pick(users) } : {};
  if (kind === 'ssh') {
    const user = pick(['root', 'admin', ...people]);
    const hits = Array.from({ length: int(1, 4) }, (_, n) => ({ time: end + n * 90_000, of: bruteForce(host, address, user, end + n * 90_000, int(10, 18)), fields: { SourceAddress: address, DestinationUserName: user }, text: `${10 + n} failed logins of ${user} from ${address} on ${host} within 60 s` }));
    alert('ssh-brute-force', 3, hits, hits[0].text, [{ kind: 'address', value: address }, { kind: 'host', value: host }, { kind: 'user', value: user }], ['TA0006'], closed);
  } else if (kind === 'scan') {
    const of = Array.from({ length: 25 }, (_, n) => firewall(end - (25 - n) * 220, address, '10.0.3.12', 20 + n * 7, 'deny'));
    alert('port-scan', 2, [{ time: end, of, fields: { SourceAddress: address, DestinationAddress: '10.0.3.12' } }], `${address} tried 25 ports of 10.0.3.12 within 6 s`, [{ kind: 'address', value: address }, { kind: 'address', value: '10.0.3.12' }], ['TA0007'], closed);
  } else if (kind === 'web') {
    const of = Array.from({ length: 20 }, (_, n) => web(end - (20 - n) * 400, 'web-01', address));
    alert('web-scanner', 2, [{ time: end, of, fields: { SourceAddress: address, DeviceHostName: 'web-01' } }], `20 requests for missing pages from ${address} within 8 s`, [{ kind: 'address', value: address }, { kind: 'host', value: 'web-01' }], ['TA0043'], closed);
  } else {
    alert('sensitive-file', 1, [{ time: end, of: [web(end - 100, 'web-02', address)], fields: { SourceAddress: address } }], `${address} asked web-02 for /.env`, [{ kind: 'address', value: address }, { kind: 'host', value: 'web-02' }], ['TA0007'], closed);
  }
}
events.sort((a, b) => a.Timestamp - b.Timestamp);
alerts.sort((a, b) => b.lastSeen - a.lastSeen);
