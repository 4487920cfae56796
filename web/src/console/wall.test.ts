import { expect, it } from 'vitest';
import { cellBeside, layoutFor, pagesOf, placed, readWalls, swapped, withWall } from './wall';

it('fills page after page', () => {
  expect(pagesOf([1, 2, 3, 4, 5], 4)).toEqual([
    [1, 2, 3, 4],
    [5, null, null, null],
  ]);
  expect(pagesOf([], 4)).toEqual([[null, null, null, null]]);
  expect(pagesOf([1, null, null, null, null], 4)).toHaveLength(1);
  expect([0, 1, 3, 5, 10, 64].map(layoutFor)).toEqual([1, 1, 4, 9, 16, 16]);
});

it('places and swaps cameras', () => {
  expect(placed([1], 3, 7)).toEqual([1, null, null, 7]);
  expect(placed([1, 2], 0, null)).toEqual([null, 2]);
  expect(swapped([1, 2], 0, 3)).toEqual([null, 2, null, 1]);
});

it('moves by arrows and stays on the wall', () => {
  expect(cellBeside(0, 'ArrowRight', 9)).toBe(1);
  expect(cellBeside(2, 'ArrowRight', 9)).toBe(2);
  expect(cellBeside(4, 'ArrowDown', 9)).toBe(7);
  expect(cellBeside(1, 'ArrowUp', 9)).toBe(1);
  expect(cellBeside(1, 'x', 9)).toBe(1);
});

it('keeps walls by name and survives what is no wall', () => {
  const wall = { name: ' Malam ', layout: 4 as const, cells: [1, null] };
  const kept = withWall(withWall([], wall), { ...wall, cells: [2] });
  expect(readWalls(JSON.stringify(kept))).toEqual([{ name: 'Malam', layout: 4, cells: [2] }]);
  expect(readWalls('nonsense')).toEqual([]);
  expect(readWalls('[{"name":"x","layout":5,"cells":[]},7,null]')).toEqual([]);
  expect(readWalls(null)).toEqual([]);
});
