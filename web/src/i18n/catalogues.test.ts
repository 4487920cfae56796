import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fill } from './index.svelte';

const read = (lang: string, file: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`./${lang}/${file}`, import.meta.url), 'utf8'));
const files = readdirSync(new URL('./id', import.meta.url));
const holes = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]!))].sort();

describe.each(files)('catalogue %s', (file) => {
  const id = read('id', file);
  const en = read('en', file);
  it('has the same keys in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort());
  });
  it.each(Object.keys(id))('%s is written and has the same holes', (key) => {
    expect(id[key]).not.toBe('');
    expect(holes(en[key] ?? '')).toEqual(holes(id[key]!));
  });
});

describe('fill', () => {
  it('replaces names and leaves unknown ones to be seen', () => {
    expect(fill('{a} dari {b}', { a: 1 })).toBe('1 dari {b}');
  });
  it('picks the form by number', () => {
    expect(fill('{n} {n|camera|cameras}', { n: 1 })).toBe('1 camera');
    expect(fill('{n} {n|camera|cameras}', { n: 4 })).toBe('4 cameras');
  });
});
