import { expect, it } from 'vitest';
import { spans } from './recording';

const iso = (ms: number): string => new Date(ms).toISOString();
const segments = [
  { start: iso(0), end: iso(10_000) },
  { start: iso(10_200), end: iso(20_000) },
  { start: iso(60_000), end: iso(70_000) },
];

it('joins what touches and keeps gaps', () => {
  expect(spans(segments, 5_000, 65_000)).toEqual([
    { from: 5_000, to: 20_000 },
    { from: 60_000, to: 65_000 },
  ]);
  expect(spans([], 0, 1)).toEqual([]);
});
