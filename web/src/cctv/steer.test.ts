import { expect, it } from 'vitest';
import { isStill, together } from './steer';

const up = { pan: 0, tilt: 1, zoom: 0 };
const left = { pan: -1, tilt: 0, zoom: 0 };

it('keys that are held together add up, and never to more than full speed', () => {
  expect(together([up, left])).toEqual({ pan: -1, tilt: 1, zoom: 0 });
  expect(together([up, up])).toEqual(up);
  expect(isStill(together([]))).toBe(true);
  expect(isStill(together([left, { pan: 1, tilt: 0, zoom: 0 }]))).toBe(true);
});
