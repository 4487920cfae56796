import { expect, it } from 'vitest';
import { stepCounts } from './counts';

const iso = (ms: number): string => new Date(ms).toISOString();

it('fills the steps between counts with zero and leaves out what lies before', () => {
  const rows = [
    { start: iso(600_000), forward: 2, backward: 0 },
    { start: iso(600_000), forward: 1, backward: 4 },
    { start: iso(1_800_000), forward: 5, backward: 0 },
    { start: iso(0), forward: 9, backward: 9 },
  ];
  expect(stepCounts(rows, 2_000_000, 600_000, 3)).toEqual([
    { start: 600_000, forward: 3, backward: 4 },
    { start: 1_200_000, forward: 0, backward: 0 },
    { start: 1_800_000, forward: 5, backward: 0 },
  ]);
});
