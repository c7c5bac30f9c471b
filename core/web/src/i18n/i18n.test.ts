import { describe, expect, it } from 'vitest';
import { en } from './en';
import { ru } from './ru';

function flatten(texts: object, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [name, value] of Object.entries(texts)) {
    if (typeof value === 'string') out.set(prefix + name, value);
    else for (const [key, text] of flatten(value as object, `${prefix}${name}.`)) out.set(key, text);
  }
  return out;
}

const placeholders = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(String).toSorted();

describe('Russian', () => {
  const english = flatten(en);
  const russian = flatten(ru);

  it('has every text that English has, with the same placeholders', () => {
    for (const [key, text] of english) {
      expect(russian.get(key), key).toBeTruthy();
      expect(placeholders(russian.get(key) ?? ''), key).toEqual(placeholders(text));
    }
  });

  it('has all plural forms of its own and nothing else', () => {
    const plural = [...english.keys()].filter((key) => key.endsWith('_one')).map((key) => key.slice(0, -4));
    for (const key of plural) for (const form of ['one', 'few', 'many', 'other']) expect(russian.get(`${key}_${form}`), `${key}_${form}`).toBeTruthy();
    for (const key of russian.keys()) expect(english.has(key) || plural.some((stem) => key === `${stem}_few` || key === `${stem}_many`), key).toBe(true);
  });
});
