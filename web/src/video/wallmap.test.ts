import { expect, it } from 'vitest';
import { WallMap } from './wallmap';

function filled(): WallMap {
  const map = new WallMap();
  map.add(0, 2, 100_000);
  map.add(2, 2, 102_040);
  // A gap of a minute; the media goes on at once.
  map.add(4, 2, 164_000);
  return map;
}

it('knows the wall time of a place, by each fragment’s own clock', () => {
  const map = filled();
  expect(map.wallAt(1)).toBe(101_000);
  expect(map.wallAt(3)).toBe(103_040);
  expect(map.wallAt(5)).toBe(165_000);
  expect(map.wallAt(9)).toBeNull();
  expect(new WallMap().wallAt(0)).toBeNull();
});

it('knows the place of a wall time, and that a gap has none', () => {
  const map = filled();
  expect(map.mediaAt(103_040)).toBe(3);
  expect(map.mediaAt(130_000)).toBeNull();
  expect(map.mediaAt(50_000)).toBeNull();
  expect(map.reachFrom(100_500)).toBe(104_040);
  expect(map.reachFrom(130_000)).toBe(130_000);
});

it('replaces what is appended again and forgets the past', () => {
  const map = filled();
  map.add(2, 2, 102_000);
  expect(map.wallAt(3)).toBe(103_000);
  map.trim(4.5);
  expect(map.wallAt(1)).toBeNull();
  expect(map.wallAt(4.5)).toBe(164_500);
});

it('a picture that was said to last too long ends where the next begins', () => {
  const map = new WallMap();
  map.add(10, 0.2, 1000);
  map.add(10.04, 0.2, 1050);
  map.add(10.08, 0.2, 1100);
  expect(map.wallAt(10.02)).toBeCloseTo(1020);
  expect(map.wallAt(10.05)).toBeCloseTo(1060);
  expect(map.wallAt(10.1)).toBeCloseTo(1120);
});
