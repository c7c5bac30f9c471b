// Made-up lists and tables for the development server.
const now = Date.now();
const field = (name, type = 'string', more = {}) => ({ name, type, list: false, key: false, ...more });
const record = (key, values, age, ttl, updates = 0) => ({ key, values, updates, createdAt: now - age * 3, updatedAt: now - age, expiresAt: ttl ? now - age + ttl : null });
const day = 86_400_000;
const base = (name, kind, more) => ({ name, correlator: 'local', kind, description: '', scope: 'correlator', ttlMillis: 0, maximumRecords: 100_000, bytes: 0, evicted: 0, refused: 0, expired: 0, fields: [], file: null, rows: [], ...more });

const addresses = Array.from({ length: 260 }, (_, at) => record([`203.0.113.${at}`, `bastion-${at % 4}`], { user: ['root'], port: ['22'], ...(at % 5 === 0 ? { note: ['seen in the night shift, ask the network team about the new jump host'] } : {}) }, at * 3_700_000, 30 * day, at % 9));
export const tables = [
  base('ssh-root-addresses', 'active-list', { description: 'Addresses from which root has signed in within the last 30 days, by host.', ttlMillis: 30 * day, expired: 4, rows: addresses }),
  base('allowed-scanners', 'active-list', { description: 'Scanners of our own: what they do is no attack.', scope: 'shared', rows: [record(['10.20.0.4'], { by: ['anna'], reason: ['weekly vulnerability scan'] }, 5 * day, 0, 2), record(['10.20.0.5'], { by: ['boris'] }, 40 * day, 0)] }),
  base('failed-sign-ins', 'active-list', { description: 'Failed sign-ins by address.', ttlMillis: 900_000, maximumRecords: 500, evicted: 1204, refused: 3, expired: 40_311, rows: Array.from({ length: 500 }, (_, at) => record([`198.51.100.${at % 250}`, String(at)], { count: [String(at % 40)] }, at * 1500, 900_000, at % 40)) }),
  base('hosts', 'context-table', { description: 'Who owns a host, and how much it matters.', fields: [field('host', 'string', { key: true }), field('address', 'address'), field('owner'), field('weight', 'integer'), field('tags', 'string', { list: true }), field('checked', 'timestamp')], rows: Array.from({ length: 40 }, (_, at) => record([`srv-${String(at).padStart(3, '0')}.example.org`], { address: [`10.1.0.${at}`], owner: [at % 3 ? 'platform' : 'finance'], weight: [String(at % 5)], tags: at % 2 ? ['linux', 'dmz'] : ['windows'], checked: [String(now - at * day)] }, at * 7_000_000, 0, at % 3)) }),
  base('ports', 'dictionary', { maximumRecords: 0, fields: [field('key', 'string', { key: true }), field('value')], rows: [['22', 'ssh'], ['53', 'dns'], ['80', 'http'], ['443', 'https']].map(([key, value]) => ({ key: [key], values: { value: [value] }, updates: 0, createdAt: null, updatedAt: null, expiresAt: null })) }),
  base('owners', 'table', { maximumRecords: 0, file: 'owners.csv', fields: [field('host', 'string', { key: true }), field('owner'), field('phone')], rows: Array.from({ length: 12 }, (_, at) => ({ key: [`srv-${at}`], values: { owner: ['Anna Berg'], phone: [`+46 8 555 01 ${10 + at}`] }, updates: 0, createdAt: null, updatedAt: null, expiresAt: null })) }),
  base('failed-sign-ins', 'active-list', { correlator: '10.0.0.7:8445', description: 'Failed sign-ins by address.', ttlMillis: 900_000, maximumRecords: 500, rows: [] }),
];
export const correlators = [{ name: 'local', reachable: true, reason: null }, { name: '10.0.0.7:8445', reachable: true, reason: null }, { name: '10.0.0.8:8445', reachable: false, reason: 'correlator 10.0.0.8:8445 does not answer: Connection refused' }];

const state = ({ rows, ...table }) => ({ ...table, records: rows.length, bytes: rows.length * 310, writtenAt: rows.reduce((last, row) => Math.max(last, row.updatedAt ?? 0), 0) || null });
export const overview = () => ({ items: tables.map(state), next: null, correlators });

const same = (a, b) => a.join('\u001f') === b.join('\u001f');
const find = (name, correlator) => tables.find((one) => one.name === name && one.correlator === (correlator || 'local'));

/** Answers a request below /tables/NAME; null when there is no such list. */
export function tableRoute(method, [name, what, deeper], query, body, text) {
  const table = find(name, query.get('correlator'));
  if (!table) return null;
  const put = (key, values) => {
    const known = table.rows.find((row) => same(row.key, key));
    const made = record(key, values, 0, table.ttlMillis, known ? known.updates + 1 : 0);
    table.rows = [...table.rows.filter((row) => row !== known), made].toSorted((a, b) => (a.key.join() < b.key.join() ? -1 : 1));
  };
  switch (`${method} ${what}${deeper ? `/${deeper}` : ''}`) {
    case 'GET entries': {
      const wanted = (query.get('q') ?? '').toLowerCase();
      const found = table.rows.filter((row) => JSON.stringify(row).toLowerCase().includes(wanted));
      const from = Number(query.get('cursor') ?? 0);
      return { items: found.slice(from, from + 100), next: from + 100 < found.length ? String(from + 100) : null };
    }
    case 'PUT entries': put(body.key, body.values);
      return { applied: true };
    case 'POST entries/delete': table.rows = table.rows.filter((row) => !same(row.key, body.key));
      return { applied: true };
    case 'DELETE entries': table.rows = [];
      return { applied: true };
    case 'POST import': {
      const [head, ...lines] = text.trim().split('\n').map((line) => line.split(','));
      const keys = query.getAll('key').length ? query.getAll('key') : ['key'];
      const bad = lines.flatMap((cells, at) => (cells.length === head.length ? [] : [{ line: at + 2, reason: `${cells.length} cells, but ${head.length} columns` }]));
      if (bad.length && query.get('skipBad') !== 'true') return { refused: bad };
      const right = lines.filter((cells) => cells.length === head.length);
      right.forEach((cells) => put(keys.map((one) => cells[head.indexOf(one)]), Object.fromEntries(head.flatMap((one, at) => (keys.includes(one) ? [] : [[one, [cells[at]]]])))));
      return { rows: right.length, refused: bad.length, errors: bad, applied: true };
    }
    case 'GET export': return { download: `key\r\n${table.rows.map((row) => row.key.join(',')).join('\r\n')}\r\n`, name: `${name}.csv` };
    default: return null;
  }
}
