// Responses of the development server and what they did.
import { alerts, newId } from './data.mjs';

const make = (name, kind, more = {}) => ({ name, description: '', kind, enabled: true, delivery: kind === 'script' ? 'at-most-once' : 'at-least-once', rules: [], priority: 1, tenants: [], filter: null, events: 'alerts', mostRuns: 60, withinSeconds: 60, trouble: null, ...more });
const all = [
  make('block-address', 'script', { description: 'Blocks the address at the border firewall for an hour.', rules: ['ssh-brute-force', 'port-scan'], filter: "SourceAddress != '' and not SourceAddress inSubnet '10.0.0.0/8'", mostRuns: 20 }),
  make('isolate-host', 'script', { description: 'Takes the host off the network until somebody lets it back.', events: 'none' }),
  make('remember-attacker', 'active-list', { description: 'Remembers the address for other rules.', rules: ['ssh-brute-force'] }),
  make('tell-chat', 'webhook', { description: 'Tells the room of the shift.', priority: 3 }),
  make('tell-lead', 'email', { description: 'Writes to whoever is on duty.', priority: 4, trouble: 'the password cannot be read [secret=file:/etc/tocsin/mail.password, reason=NoSuchFileException]' }),
  make('other-siem', 'syslog', { description: 'Every finding as CEF.', events: 'all', mostRuns: 1000, enabled: false }),
];

export const runs = [];

function run(rule, alert, at, state, more = {}) {
  runs.push({ id: newId(at).replaceAll('-', ''), response: rule.name, kind: rule.kind, findingId: (alert.events[0]?.id ?? newId(at)).replaceAll('-', ''), alertId: alert.id, ruleId: alert.ruleId, ruleName: alert.ruleName, actor: 'system', byHand: false, state, attempts: 1, createdAt: at, dueAt: at, startedAt: at + 40, endedAt: at + 900, outcome: '', output: '', ...more });
}

alerts.forEach((alert, index) => {
  const at = alert.createdAt ?? alert.firstSeen;
  if (/brute|scan/i.test(alert.ruleName)) run(all[0], alert, at + 900, index % 5 === 3 ? 'failed' : 'done', index % 5 === 3 ? { outcome: 'exit code 1 after 212 ms', output: 'iptables: Resource temporarily unavailable.\nblock-address: 203.0.113.9 was not blocked' } : { outcome: 'exit code 0 after 138 ms', output: 'blocked 203.0.113.9 until 12:00' });
  if (/brute/i.test(alert.ruleName)) run(all[2], alert, at + 950, 'done', { outcome: 'set in attackers' });
  if (alert.priority >= 3) run(all[3], alert, at + 1100, index % 4 === 1 ? 'suppressed' : 'done', index % 4 === 1 ? { attempts: 0, outcome: 'suppressed: more than 60 runs within 60 s' } : { outcome: 'answered 200', attempts: 1 + (index % 3) });
  if (alert.priority === 4) run(all[4], alert, at + 1200, index % 2 ? 'failed' : 'waiting', index % 2 ? { attempts: 6, outcome: 'not sent: SocketTimeoutException: Connect timed out; given up after 6 attempts' } : { attempts: 2, endedAt: null, outcome: 'server answered: 451 try again later', dueAt: Date.now() + 40_000 });
});
const newest = () => runs.toSorted((a, b) => b.createdAt - a.createdAt || b.id.localeCompare(a.id));

export function responses() {
  return all.map((rule) => {
    const mine = newest().filter((one) => one.response === rule.name);
    const counts = {};
    for (const one of mine) counts[one.state] = (counts[one.state] ?? 0) + 1;
    return { ...rule, runs: counts, lastRun: mine[0] ?? null };
  });
}

export function listRuns(query) {
  const at = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  const found = newest().filter((one) => (!query.get('response') || one.response === query.get('response')) && (!query.get('state') || one.state === query.get('state')));
  return { items: found.slice(at, at + limit), next: at + limit < found.length ? String(at + limit) : null };
}

export const runsOf = (alertId) => ({ items: newest().filter((one) => one.alertId === alertId), next: null });

/** Runs by hand take two seconds and work. */
export function runByHand(alert, name, findingId, login) {
  const rule = all.find((one) => one.name === name);
  const at = Date.now();
  run(rule, alert, at, 'running', { actor: login, byHand: true, endedAt: null, findingId: (findingId ?? alert.events[0].id).replaceAll('-', '') });
  const made = runs.at(-1);
  setTimeout(() => Object.assign(made, { state: 'done', endedAt: Date.now(), outcome: 'exit code 0 after 1,940 ms', output: 'host web-1 is off the network\nticket INC-1042 was opened' }), 2000);
  return made;
}

export function tryOut(name, event) {
  const rule = all.find((one) => one.name === name);
  const rendered =
    rule.kind === 'script'
      ? [{ name: 'script', value: `/var/lib/tocsin/scripts/${name}.sh` }, { name: 'argument 1', value: `--address=${event.SourceAddress ?? ''}` }, { name: 'argument 2', value: `--reason=${event.CorrelationRuleName ?? event.Name ?? ''}` }]
      : [{ name: 'url', value: 'POST https://chat.example.org/hooks/soc' }, { name: 'body', value: JSON.stringify({ text: `[high] ${event.CorrelationRuleName ?? event.Name ?? ''}: ${event.Message ?? ''}` }, null, 2) }];
  return { response: name, fires: rule.events !== 'none' && rule.name !== 'block-address', trouble: rule.trouble, rendered };
}
