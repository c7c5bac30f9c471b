// A few hundred lines of SQL over an array of objects: enough for the statements that the interface writes and for trying out SQL by hand.
// A development tool only; the product asks ClickHouse.

export class SqlError extends Error {
  constructor(message, position, text) {
    super(message);
    const before = text.slice(0, position);
    this.line = before.split('\n').length;
    this.column = position - before.lastIndexOf('\n');
  }
}

const keywords = new Set('SELECT FROM WHERE GROUP BY HAVING ORDER ASC DESC LIMIT AS AND OR NOT IN LIKE ILIKE INTERVAL OVER DISTINCT IS NULL BETWEEN'.split(' '));

function lex(text) {
  const out = [];
  const pattern = /\s+|--[^\n]*|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?|[A-Za-z_]\w*|->|<=|>=|!=|<>|[-+*/%=<>(),.[\];]|./gs;
  for (const match of text.matchAll(pattern)) {
    const token = match[0];
    if (/^(\s|--)/.test(token)) continue;
    const upper = token.toUpperCase();
    const kind = /^'/.test(token) ? 'text' : /^[`"]/.test(token) ? 'name' : /^\d/.test(token) ? 'number' : /^[A-Za-z_]/.test(token) ? (keywords.has(upper) ? 'keyword' : 'name') : 'sign';
    out.push({ kind, token: kind === 'keyword' ? upper : token, at: match.index });
  }
  out.push({ kind: 'end', token: '', at: text.length });
  return out;
}

const unescape = (token) => token.slice(1, -1).replace(/\\(.)/gs, (_, c) => ({ n: '\n', t: '\t', r: '\r', 0: '\0' })[c] ?? c);

export function parse(text) {
  const tokens = lex(text);
  let i = 0;
  const peek = () => tokens[i];
  const fail = (what) => {
    throw new SqlError(`Syntax error: ${what} at '${peek().token || 'end of query'}'`, peek().at, text);
  };
  const accept = (token) => (peek().token === token && peek().kind !== 'text' ? (i++, true) : false);
  const expect = (token) => accept(token) || fail(`expected ${token}`);
  const binary = (next, ...operators) => () => {
    let left = next();
    for (;;) {
      const operator = operators.find((one) => peek().token === one && peek().kind !== 'text');
      if (!operator) return left;
      i++;
      left = { op: operator, left, right: next() };
    }
  };
  const expression = () => or();
  const primary = () => {
    const { kind, token } = peek();
    if (kind === 'text') return i++, { value: unescape(token) };
    if (kind === 'number') return i++, { value: Number(token) };
    if (accept('-')) return { op: '-', left: { value: 0 }, right: primary() };
    if (accept('(')) {
      const inner = expression();
      if (accept(',')) {
        const items = [inner, ...list(')')];
        return { array: items };
      }
      expect(')');
      return suffix(inner);
    }
    if (accept('[')) return { array: accept(']') ? [] : list(']') };
    if (accept('*')) return { star: true };
    if (accept('INTERVAL')) {
      const count = primary();
      return i++, { interval: count.value * ({ SECOND: 1, MINUTE: 60, HOUR: 3600, DAY: 86400 }[tokens[i - 1].token.toUpperCase()] ?? fail('expected a unit')) };
    }
    if (accept('NULL')) return { value: null };
    if (kind !== 'name') fail('unexpected token');
    i++;
    const name = /^[`"]/.test(token) ? unescape(token) : token;
    if (accept('->')) return { lambda: name, body: expression() };
    if (!accept('(')) return suffix({ name, at: tokens[i - 1].at });
    accept('DISTINCT');
    let call = { call: name, args: accept(')') ? [] : list(')'), at: tokens[i - 1].at };
    if (accept('(')) call = { ...call, args: accept(')') ? [] : list(')') };
    if (accept('OVER')) {
      expect('(');
      expect(')');
      call = { window: call };
    }
    return suffix(call);
  };
  const suffix = (node) => {
    while (accept('[')) {
      node = { index: node, key: expression() };
      expect(']');
    }
    return node;
  };
  const list = (close) => {
    const items = [expression()];
    while (accept(',')) items.push(expression());
    expect(close);
    return items;
  };
  const sum = binary(binary(primary, '*', '/', '%'), '+', '-');
  const comparison = () => {
    const left = sum();
    const not = accept('NOT');
    if (accept('IN')) return { op: 'IN', not, left, right: primary() };
    if (accept('LIKE')) return { op: 'LIKE', not, left, right: sum() };
    if (accept('ILIKE')) return { op: 'ILIKE', not, left, right: sum() };
    const operator = ['=', '!=', '<>', '<=', '>=', '<', '>'].find((one) => peek().token === one && peek().kind === 'sign');
    return operator ? (i++, { op: operator, left, right: sum() }) : left;
  };
  const negation = () => (accept('NOT') ? { not: negation() } : comparison());
  const and = binary(negation, 'AND');
  const or = binary(and, 'OR');

  const select = () => {
    expect('SELECT');
    const distinct = accept('DISTINCT');
    const items = [];
    do {
      const start = peek().at;
      const value = expression();
      const end = tokens[i - 1].at + tokens[i - 1].token.length;
      let alias = text.slice(start, end);
      if (accept('AS')) {
        alias = peek().token.replace(/^`|`$/g, '');
        i++;
      }
      items.push({ value, alias });
    } while (accept(','));
    expect('FROM');
    let from = 'events';
    if (accept('(')) {
      from = select();
      expect(')');
    } else if (peek().token.toLowerCase() === 'events') i++;
    else throw new SqlError(`Unknown table expression identifier '${peek().token}'`, peek().at, text);
    const where = accept('WHERE') ? expression() : null;
    const group = [];
    if (accept('GROUP')) {
      expect('BY');
      do group.push(expression());
      while (accept(','));
    }
    const having = accept('HAVING') ? expression() : null;
    const order = [];
    if (accept('ORDER')) {
      expect('BY');
      do order.push({ value: expression(), descending: accept('DESC') || (accept('ASC'), false) });
      while (accept(','));
    }
    const limit = accept('LIMIT') ? primary().value : null;
    return { items, distinct, from, where, group, having, order, limit };
  };
  const query = select();
  accept(';');
  if (peek().kind !== 'end') fail('unexpected token');
  return query;
}

const functions = {
  position: (a, b) => String(a).indexOf(b) + 1,
  positionCaseInsensitive: (a, b) => String(a ?? '').toLowerCase().indexOf(b.toLowerCase()) + 1,
  positionCaseInsensitiveUTF8: (a, b) => String(a ?? '').toLowerCase().indexOf(b.toLowerCase()) + 1,
  startsWith: (a, b) => String(a).startsWith(b),
  endsWith: (a, b) => String(a).endsWith(b),
  match: (a, b) => new RegExp(b).test(a),
  has: (a, b) => (a ?? []).includes(b),
  hasAny: (a, b) => b.some((x) => (a ?? []).includes(x)),
  notEmpty: (a) => (a ?? '').length > 0,
  empty: (a) => (a ?? '').length === 0,
  length: (a) => (a ?? '').length,
  nullIf: (a, b) => (a === b || (b === 0 && a === undefined) ? null : a),
  isNotNull: (a) => a !== null && a !== undefined,
  toString: (a) => String(a ?? ''),
  lower: (a) => String(a).toLowerCase(),
  upper: (a) => String(a).toUpperCase(),
  if: (a, b, c) => (a ? b : c),
  toUnixTimestamp: (a) => Math.floor(a / 1000),
  toUnixTimestamp64Milli: (a) => a ?? 0,
  fromUnixTimestamp64Milli: (a) => a,
  toInt64: Number,
  round: (a, b = 0) => Number(a.toFixed(b)),
  isIPv4String: (a) => /^\d+(\.\d+){3}$/.test(a),
  isIPv6String: (a) => /:/.test(a),
  isIPAddressInRange: (a, range) => inRange(a, range),
  now: () => Date.now(),
};

function inRange(address, range) {
  const [net, bits] = range.split('/');
  const number = (text) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  if (!address.includes('.') || !net.includes('.')) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(net) / size);
}

const distinct = (rows, f) => new Set(rows.map(f)).size;
const aggregates = {
  count: (rows) => rows.length,
  countIf: (rows, f) => rows.filter((row) => f(row)).length,
  uniq: distinct,
  uniqExact: distinct,
  sum: (rows, f) => rows.reduce((total, row) => total + Number(f(row) ?? 0), 0),
  avg: (rows, f) => rows.reduce((total, row) => total + Number(f(row) ?? 0), 0) / rows.length,
  min: (rows, f) => rows.map(f).reduce((a, b) => (a < b ? a : b)),
  max: (rows, f) => rows.map(f).reduce((a, b) => (a > b ? a : b)),
  any: (rows, f) => f(rows[0]),
  groupUniqArray: (rows, f) => [...new Set(rows.map(f))],
};

function hasAggregate(node) {
  if (!node || typeof node !== 'object') return false;
  if (node.call && aggregates[node.call]) return true;
  return Object.values(node).some((child) => (Array.isArray(child) ? child.some(hasAggregate) : hasAggregate(child)));
}

export function run(text, events, schema) {
  const query = parse(text);
  const fail = (message, at) => {
    throw new SqlError(message, at ?? 0, text);
  };

  function value(node, row, rows, aliases) {
    if ('value' in node) return node.value;
    if (node.array) return node.array.map((item) => value(item, row, rows, aliases));
    if (node.lambda) return (x) => value(node.body, { ...row, [node.lambda]: x }, rows, aliases);
    if (node.interval) return node.interval;
    if (node.not) return !value(node.not, row, rows, aliases);
    if (node.index) return (value(node.index, row, rows, aliases) ?? {})[value(node.key, row, rows, aliases)] ?? '';
    if (node.name) {
      if (aliases && node.name in aliases) return aliases[node.name];
      if (!schema.has(node.name) && !(row && node.name in row)) fail(`Unknown expression identifier '${node.name}'`, node.at);
      const found = row?.[node.name];
      if (found !== undefined) return found;
      const type = schema.get(node.name);
      return type === 'STRING' ? '' : type === 'STRING_ARRAY' ? [] : 0;
    }
    if (node.window) return node;
    if (node.call) {
      if (aggregates[node.call]) return aggregates[node.call](rows ?? fail(`Aggregate function ${node.call} is not allowed here`, node.at), node.args[0] ? (one) => value(node.args[0], one) : undefined);
      const args = node.args.map((arg) => value(arg, row, rows, aliases));
      if (node.call === 'toStartOfInterval') return Math.floor(args[0] / 1000 / args[1]) * args[1] * 1000;
      if (node.call === 'arrayExists') return args[1].some(args[0]);
      if (node.call === 'arrayJoin') return args[0];
      return (functions[node.call] ?? fail(`Function with name '${node.call}' does not exist`, node.at))(...args);
    }
    if (node.op === 'AND') return Boolean(value(node.left, row, rows, aliases)) && Boolean(value(node.right, row, rows, aliases));
    if (node.op === 'OR') return Boolean(value(node.left, row, rows, aliases)) || Boolean(value(node.right, row, rows, aliases));
    const a = value(node.left, row, rows, aliases);
    const b = value(node.right, row, rows, aliases);
    switch (node.op) {
      case '=': return a === b;
      case '!=': case '<>': return a !== b;
      case '<': return a < b;
      case '>': return a > b;
      case '<=': return a <= b;
      case '>=': return a >= b;
      case '+': return a + b;
      case '-': return a - b;
      case '*': return a * b;
      case '/': return a / b;
      case '%': return a % b;
      case 'IN': return (Array.isArray(b) ? b : [b]).includes(a) !== node.not;
      case 'LIKE': case 'ILIKE': return new RegExp(`^${String(b).replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*').replaceAll('_', '.')}$`, node.op === 'ILIKE' ? 'is' : 's').test(a) !== node.not;
      default: return null;
    }
  }

  function execute(select) {
    let rows = select.from === 'events' ? events : execute(select.from).objects;
    if (select.where) rows = rows.filter((row) => value(select.where, row));
    let items = select.items;
    if (items.some((item) => item.value.star)) items = [...schema.keys()].map((name) => ({ value: { name }, alias: name }));
    const grouped = select.group.length > 0 || items.some((item) => hasAggregate(item.value));
    const named = new Map(items.map((item) => [item.alias, item.value]));
    const resolve = (node) => (node.name && named.has(node.name) ? named.get(node.name) : node);
    let out;
    if (grouped) {
      const groups = new Map();
      if (select.group.length === 0) groups.set('', rows);
      for (const row of select.group.length > 0 ? rows : []) {
        const keys = select.group.map((node) => value(resolve(node), row));
        const joined = resolve(select.group[0]).call === 'arrayJoin' ? keys[0].map((one) => [one]) : [keys];
        for (const key of joined) {
          const name = JSON.stringify(key);
          if (!groups.has(name)) groups.set(name, []);
          groups.get(name).push(row);
        }
      }
      out = [...groups].map(([key, members]) => {
        const keys = key ? JSON.parse(key) : [];
        return Object.fromEntries(items.map((item) => {
          const at = select.group.findIndex((node) => JSON.stringify(resolve(node)) === JSON.stringify(item.value));
          return [item.alias, at >= 0 ? keys[at] : value(item.value, members[0], members)];
        }));
      });
      for (const item of items) {
        if (!item.value.window) continue;
        const total = item.value.window.call === 'sum' ? [...groups.values()].reduce((sum, members) => sum + members.length, 0) : groups.size;
        for (const row of out) row[item.alias] = total;
      }
      if (select.having) out = out.filter((row) => value(select.having, {}, [], row));
      sort(out, (node, row) => value(node, {}, [], row));
    } else {
      const sorted = [...rows];
      sort(sorted, (node, row) => value(resolve(node), row));
      out = (select.distinct ? sorted : sorted.slice(0, select.limit ?? sorted.length)).map((row) => Object.fromEntries(items.map((item) => [item.alias, value(item.value, row)])));
      if (select.distinct) out = [...new Map(out.map((row) => [JSON.stringify(row), row])).values()];
    }
    function sort(list, get) {
      if (select.order.length === 0) return;
      list.sort((a, b) => {
        for (const { value: node, descending } of select.order) {
          const x = get(node, a);
          const y = get(node, b);
          if (x !== y) return (x < y ? -1 : 1) * (descending ? -1 : 1);
        }
        return 0;
      });
    }
    return { items, objects: out.slice(0, select.limit ?? out.length), read: rows.length };
  }

  const { items, objects, read } = execute(query);
  const typeOf = (item) => {
    const type = item.value.name ? schema.get(item.value.name) : item.value.call === 'toStartOfInterval' ? 'TIMESTAMP' : null;
    if (type) return { STRING: 'String', INTEGER: 'Int64', FLOAT: 'Float64', TIMESTAMP: "DateTime64(3, 'UTC')", STRING_ARRAY: 'Array(String)' }[type];
    return typeof objects[0]?.[item.alias] === 'number' ? 'UInt64' : 'String';
  };
  const columns = items.map((item) => ({ name: item.alias, type: typeOf(item) }));
  const rows = objects.map((row) => columns.map((column) => (column.type.startsWith('DateTime') ? (row[column.name] ? new Date(row[column.name]).toISOString() : null) : row[column.name])));
  return { columns, rows, read };
}
