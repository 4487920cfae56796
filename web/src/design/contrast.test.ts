import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function tokensOf(theme: string): Map<string, string> {
  const block = css.split(`[data-theme='${theme}'] {`)[1]?.split('}')[0] ?? '';
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

const grounds = ['bg', 'surface', 'raised'];
const inks = ['text', 'muted', 'p1', 'p2', 'p3', 'p4', 'done'];
const pairs = [
  ...grounds.flatMap((ground) => inks.map((ink) => [ink, ground])),
  ...['p1', 'p2', 'p3', 'done'].flatMap((p) => [
    [p, `${p}-wash`],
    ['text', `${p}-wash`],
    ['muted', `${p}-wash`],
    [`${p}-on`, `${p}-fill`],
  ]),
  ['p4-on', 'p4-fill'],
  ['act-text', 'act'],
] as [string, string][];

describe.each(['light', 'dark'])('%s theme', (theme) => {
  const tokens = tokensOf(theme);
  it.each(pairs)('%s on %s reads at AA', (ink, ground) => {
    expect(contrast(tokens.get(ink)!, tokens.get(ground)!)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(grounds)('a control has a visible edge on %s', (ground) => {
    expect(contrast(tokens.get('line-strong')!, tokens.get(ground)!)).toBeGreaterThanOrEqual(3);
  });
});
