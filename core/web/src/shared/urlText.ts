/** Search parameters as plain text: `?q=x&f=a&f=b`, no JSON quotes, so that a person can read and write an address. */

export type RawParams = Record<string, string | string[]>;

export function parseParams(search: string): RawParams {
  const out: RawParams = {};
  for (const [name, value] of new URLSearchParams(search)) {
    const known = out[name];
    if (known === undefined) out[name] = value;
    else out[name] = Array.isArray(known) ? [...known, value] : [known, value];
  }
  return out;
}

export function stringifyParams(params: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value)) for (const one of value) out.append(name, String(one));
    else out.append(name, String(value));
  }
  // Colons, slashes and commas are legal in a query and easier to read as they are.
  const text = out.toString().replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',');
  return text ? `?${text}` : '';
}

export function one(value: unknown): string | undefined {
  if (Array.isArray(value)) return one(value[0]);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function many(value: unknown): string[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string' && item !== '');
  return list.length > 0 ? list : undefined;
}
