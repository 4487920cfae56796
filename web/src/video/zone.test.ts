import { describe, expect, it } from 'vitest';
import { add, arrow, complete, crosses, flip, move, type Point } from './zone';

const square: Point[] = [
  [0.1, 0.1],
  [0.9, 0.1],
  [0.9, 0.9],
  [0.1, 0.9],
];
const bow: Point[] = [
  [0.1, 0.1],
  [0.9, 0.9],
  [0.9, 0.1],
  [0.1, 0.9],
];

describe('zone', () => {
  it('keeps points in the picture', () => {
    expect(add('zone', [], [1.4, -2])).toEqual([[1, 0]]);
    expect(move(square, 0, [-1, 0.5])[0]).toEqual([0, 0.5]);
  });
  it('is complete with three corners and sides that do not cross', () => {
    expect(complete('zone', square.slice(0, 2))).toBe(false);
    expect(complete('zone', square.slice(0, 3))).toBe(true);
    expect(crosses(square)).toBe(false);
    expect(crosses(bow)).toBe(true);
    expect(complete('zone', bow)).toBe(false);
  });
});

describe('line', () => {
  it('has two points; a third begins anew', () => {
    const line = add('line', add('line', [], [0, 0]), [1, 1]);
    expect(complete('line', line)).toBe(true);
    expect(add('line', line, [0.5, 0.5])).toEqual([[0.5, 0.5]]);
  });
  it('points from left to right of its direction, and turns with it', () => {
    // Upwards on the screen: left is the left of the screen.
    const up: Point[] = [
      [0.5, 0.9],
      [0.5, 0.1],
    ];
    const [tail, head] = arrow(up, 16 / 9)!;
    expect(head[0]).toBeGreaterThan(tail[0]);
    expect(head[1]).toBeCloseTo(tail[1]);
    const [tail2, head2] = arrow(flip(up), 16 / 9)!;
    expect(head2[0]).toBeLessThan(tail2[0]);
  });
});
