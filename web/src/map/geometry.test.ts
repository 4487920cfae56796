import { expect, it } from 'vitest';
import { bearingTo, distance_m, fieldOfView, offset } from './geometry';

const here = { lon: 106.63, lat: -6.17 };
const point = ([lon, lat]: [number, number]) => ({ lon, lat });

it('goes out and back', () => {
  for (const bearing of [0, 45, 123, 270, 359]) {
    const there = point(offset(here, bearing, 500));
    expect(distance_m(here, there)).toBeCloseTo(500, 0);
    expect(bearingTo(here, there)).toBeCloseTo(bearing, 0);
  }
});

it('draws the sector a camera sees, or none when its direction is unknown', () => {
  const camera = { ...here, id: '1', name: 'A', state: 'up', bearing: 90, fov: 60, range_m: 50 };
  const ring = fieldOfView(camera)!;
  expect(ring[0]).toEqual(ring.at(-1));
  for (const corner of ring.slice(1, -1)) {
    expect(distance_m(here, point(corner))).toBeCloseTo(50, 0);
    expect(Math.abs(bearingTo(here, point(corner)) - 90)).toBeLessThanOrEqual(30.01);
  }
  expect(fieldOfView({ ...camera, bearing: null })).toBeNull();
});
