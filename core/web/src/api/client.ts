/** The one place that talks HTTP: adds the CSRF header, reads problem+json, passes abort signals on. */

const base = '/api/v1';

export interface FieldError {
  field: string;
  message: string;
}

/** An answer that is not a success. `status` 0 means that the server could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly code: string | null = null,
    readonly line: number | null = null,
    readonly column: number | null = null,
    readonly errors: FieldError[] = [],
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail || title);
    this.name = 'Problem';
  }
}

export function isProblem(error: unknown, status?: number): error is Problem {
  return error instanceof Problem && (status === undefined || error.status === status);
}

export interface Options {
  body?: unknown;
  /** Sent as it is, instead of a JSON body. */
  file?: Blob;
  query?: Record<string, string | number | readonly string[] | null | undefined>;
  signal?: AbortSignal;
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers = new Headers({ Accept: 'application/json, application/problem+json' });
  if (options.file) headers.set('Content-Type', 'application/octet-stream');
  else if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (method !== 'GET') {
    const csrf = cookie('TOCSIN_CSRF');
    if (csrf) headers.set('X-CSRF-Token', csrf);
  }
  let response: Response;
  try {
    response = await fetch(base + path + queryText(options.query), {
      method,
      headers,
      credentials: 'same-origin',
      body: options.file ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, 'unreachable', 'The server cannot be reached. Check that Tocsin runs, then try again.');
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  const retryAfter = Number(response.headers.get('Retry-After') ?? NaN);
  const seconds = Number.isFinite(retryAfter) ? retryAfter : null;
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    return new Problem(
      response.status,
      stringOr(body.title, response.statusText),
      stringOr(body.detail, ''),
      typeof body.code === 'string' ? body.code : null,
      numberOrNull(body.line),
      numberOrNull(body.column),
      Array.isArray(body.errors) ? (body.errors as FieldError[]) : [],
      seconds,
    );
  } catch {
    return new Problem(response.status, response.statusText || String(response.status), text.slice(0, 500), null, null, null, [], seconds);
  }
}

function stringOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

export function queryText(query: Options['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === '') continue;
    if (typeof value === 'object') for (const one of value) parameters.append(name, one);
    else parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

function cookie(name: string): string | null {
  for (const part of document.cookie.split(';')) {
    const [key, ...rest] = part.trim().split('=');
    if (key === name) return decodeURIComponent(rest.join('='));
  }
  return null;
}
