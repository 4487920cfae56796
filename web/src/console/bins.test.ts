import { expect, it } from 'vitest';
import { perBin } from './bins';

it('counts what falls into each bin and leaves out the rest', () => {
  expect(perBin([99, 91, 85, 70, 60, 101], 100, 10, 4)).toEqual([1, 0, 1, 2]);
});
