import { expect, it } from 'vitest';
import { liveTarget, steerLive, steerReel } from './steer';

it('keeps a picture or two in hand, more on a bad line', () => {
  expect(liveTarget(0.04, 0)).toBeCloseTo(0.08);
  expect(liveTarget(0.1, 0.05)).toBeCloseTo(0.17);
  expect(liveTarget(1, 1)).toBe(0.5);
});

it('hurries, slows and jumps to stay close to now', () => {
  expect(steerLive(9.9, 0, 10, 0.1)).toEqual({ jumpTo: null, rate: 1 });
  expect(steerLive(9.5, 0, 10, 0.1).rate).toBeGreaterThan(1);
  expect(steerLive(9.99, 0, 10, 0.1).rate).toBeLessThan(1);
  expect(steerLive(7, 0, 10, 0.1)).toEqual({ jumpTo: 9.9, rate: 1 });
  expect(steerLive(0, 9.95, 10, 0.1).jumpTo).toBe(9.95);
});

it('brings four cameras onto one clock within a hundred milliseconds', () => {
  for (const speed of [0.25, 1, 4, 16]) {
    let at = 0;
    let goal = 0.3;
    for (let step = 0; step < 60; step++) {
      const steering = steerReel(at, goal, speed);
      at = (steering.jumpTo ?? at) + steering.rate * 0.05;
      goal += speed * 0.05;
    }
    // On the clock of the viewer: at 16× a tenth of a second is 1.6 s of recording.
    expect(Math.abs(goal - at) / Math.max(1, speed)).toBeLessThan(0.1);
  }
  expect(steerReel(0, 30, 1)).toEqual({ jumpTo: 30, rate: 1 });
  expect(steerReel(0, 0.3, 16).rate).toBeLessThanOrEqual(16);
});
