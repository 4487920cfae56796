import { expect, it } from 'vitest';
import { gapsOf, holds, neighbour, overGap, panned, revealing, share, ticks, zoomed } from './timeline';

const HOUR = 3_600_000;
const day = { from: 0, to: 24 * HOUR };

it('zooms around the pointer and stays inside the day', () => {
  const view = zoomed(day, 0.5, 6 * HOUR, day);
  expect(view).toEqual({ from: 3 * HOUR, to: 15 * HOUR });
  expect(share(view, 6 * HOUR)).toBe(share(day, 6 * HOUR));
  expect(zoomed(view, 100, 6 * HOUR, day)).toEqual(day);
  const closest = zoomed(day, 1e-9, 6 * HOUR, day);
  expect(closest.to - closest.from).toBe(10_000);
});

it('pans no further than the day and reveals what is outside', () => {
  expect(panned({ from: 0, to: HOUR }, -HOUR, day)).toEqual({ from: 0, to: HOUR });
  expect(panned({ from: 0, to: HOUR }, HOUR, day)).toEqual({ from: HOUR, to: 2 * HOUR });
  const view = { from: 0, to: HOUR };
  expect(revealing(view, 1000, day)).toBe(view);
  const shown = revealing(view, 5 * HOUR, day);
  expect(shown.from).toBeLessThan(5 * HOUR);
  expect(shown.to - shown.from).toBe(HOUR);
});

it('marks whole hours of the city, whatever its zone', () => {
  const half = 5.5 * HOUR;
  const marks = ticks(day, 8, half);
  expect(marks.length).toBeLessThanOrEqual(9);
  expect(marks.every(({ at }) => (at + half) % (3 * HOUR) === 0)).toBe(true);
  expect(ticks({ from: 0, to: 30_000 }, 10, 0)[1]).toEqual({ at: 5000, seconds: true });
});

const spans = [
  { from: 100, to: 200 },
  { from: 300, to: 400 },
];

it('sees gaps and jumps only where no camera has a picture', () => {
  expect(gapsOf(spans, { from: 0, to: 500 })).toEqual([
    { from: 0, to: 100 },
    { from: 200, to: 300 },
    { from: 400, to: 500 },
  ]);
  expect(gapsOf([], { from: 0, to: 5 })).toEqual([{ from: 0, to: 5 }]);
  expect(holds(spans, 200)).toBe(false);
  expect(overGap([spans], 250)).toBe(300);
  expect(overGap([spans, [{ from: 240, to: 260 }]], 250)).toBeNull();
  expect(overGap([spans], 450)).toBeNull();
});

it('finds the next and the previous alarm, and moves on when asked again', () => {
  const starts = [50_000, 10_000, 30_000];
  expect(neighbour(starts, 10_000, 1)).toBe(30_000);
  expect(neighbour(starts, 30_800, -1)).toBe(10_000);
  expect(neighbour(starts, 32_000, -1)).toBe(30_000);
  expect(neighbour(starts, 60_000, 1)).toBeNull();
});
