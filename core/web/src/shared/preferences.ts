import { useSyncExternalStore } from 'react';
import type { Zone } from './time/range';

/** What belongs to the person at this browser and not to an address: kept in local storage. */
export interface Preferences {
  theme: 'dark' | 'light';
  language: 'en' | 'ru';
  zone: Zone;
  railOpen: boolean;
  railWidth: number;
  detailWidth: number;
  alertListWidth: number;
  sourceListWidth: number;
  ruleListWidth: number;
  responseListWidth: number;
  tableListWidth: number;
}

const defaults: Preferences = {
  theme: 'dark',
  language: typeof navigator !== 'undefined' && navigator.language.startsWith('ru') ? 'ru' : 'en',
  zone: 'utc',
  railOpen: true,
  railWidth: 248,
  detailWidth: 430,
  alertListWidth: 416,
  sourceListWidth: 500,
  ruleListWidth: 540,
  responseListWidth: 440,
  tableListWidth: 440,
};

const listeners = new Set<() => void>();
let current = load();

function load(): Preferences {
  const out: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(defaults)) {
    let stored: string | null = null;
    try {
      stored = localStorage.getItem(`tocsin.${name}`);
    } catch {
      // Storage may be forbidden; then nothing is remembered.
    }
    if (stored === null) continue;
    if (typeof value === 'boolean') out[name] = stored === 'true';
    else if (typeof value === 'number') out[name] = Number(stored) || value;
    else out[name] = stored;
  }
  return out as unknown as Preferences;
}

export function preferences(): Preferences {
  return current;
}

export function setPreference<K extends keyof Preferences>(name: K, value: Preferences[K]): void {
  current = { ...current, [name]: value };
  try {
    localStorage.setItem(`tocsin.${name}`, String(value));
  } catch {
    // See above.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}
