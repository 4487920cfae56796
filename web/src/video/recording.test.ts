import { expect, it } from 'vitest';
import { playable, spans, wallAt } from './recording';

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

it('seeks to pictures', () => {
  const recorded = spans(segments, 0, 100_000);
  expect(playable(recorded, 7_000)).toBe(7_000);
  expect(playable(recorded, 30_000)).toBe(60_000);
  expect(playable(recorded, 90_000)).toBe(69_000);
  expect(playable([], 1)).toBeNull();
});

it('knows the wall time across a gap', () => {
  const recorded = spans(segments, 0, 100_000);
  expect(wallAt(recorded, 15_000, 2_000)).toBe(17_000);
  expect(wallAt(recorded, 15_000, 8_000)).toBe(63_000);
});
