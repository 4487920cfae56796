import { expect, it } from 'vitest';
import { aimAt, aimed, area_m2, edgeAt, opened, wind } from './placing';

const place = { lat: -6.2, lon: 106.6 };
const sight = { bearing: 90, fov: 60, range: 100 };

it('a handle that is put where it is changes nothing', () => {
  expect(aimed(place, sight, aimAt(place, sight))).toEqual(sight);
  expect(opened(place, sight, edgeAt(place, sight))).toEqual(sight);
});

it('the middle turns and reaches, the edge opens', () => {
  expect(aimed(place, sight, aimAt(place, { ...sight, bearing: 350, range: 40 }))).toEqual({
    bearing: 350,
    fov: 60,
    range: 40,
  });
  expect(opened(place, sight, edgeAt(place, { ...sight, fov: 120 })).fov).toBe(120);
  expect(opened(place, sight, aimAt(place, { ...sight, bearing: 80 })).fov).toBe(5);
  expect(opened(place, sight, aimAt(place, { ...sight, bearing: 300 })).fov).toBe(360);
});

it('says what is seen', () => {
  expect(area_m2({ bearing: 0, fov: 360, range: 10 })).toBeCloseTo(314.16, 1);
  expect([0, 44, 46, 359].map((degrees) => wind(degrees))).toEqual([0, 1, 1, 0]);
});
