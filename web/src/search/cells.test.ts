import { expect, it } from 'vitest';
import { cellsOf } from './cells';

it('knows the whole picture, its corner and its last cell', () => {
  const all = cellsOf([
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ]);
  expect(all).toBe('f'.repeat(36));
  const corner = cellsOf([
    [0, 0],
    [1 / 16, 0],
    [1 / 16, 1 / 9],
    [0, 1 / 9],
  ]);
  expect(BigInt(`0x${corner}`)).toBe(1n);
  const last = cellsOf([
    [15 / 16, 8 / 9],
    [1, 8 / 9],
    [1, 1],
    [15 / 16, 1],
  ]);
  expect(BigInt(`0x${last}`)).toBe(1n << 143n);
});
