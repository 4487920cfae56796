import { describe, expect, it } from 'vitest';
import { extent, gridLines, gridStep, planeOf, rectangle, toGround, toPicture, worstError } from './ground';
import type { Point } from './zone';

// A road of 8 × 20 m in perspective; the horizon lies at y = 0, where its sides meet.
const corners: Point[] = [
  [0.4, 0.3],
  [0.6, 0.3],
  [0.9, 0.9],
  [0.1, 0.9],
];
const ground = rectangle(corners, 8, 20);

describe('plane of the road', () => {
  it('takes the corners to their places and back', () => {
    const plane = planeOf(ground)!;
    expect(worstError(ground, plane)).toBeLessThan(1e-6);
    for (const point of [
      [0.5, 0.5],
      [0.3, 0.8],
    ] as Point[]) {
      const [x, y] = toPicture(plane, toGround(plane, point)!)!;
      expect(x).toBeCloseTo(point[0], 6);
      expect(y).toBeCloseTo(point[1], 6);
    }
    expect(toGround(plane, [0.5, 0.3])![0]).toBeCloseTo(4, 6);
  });
  it('knows no place beyond the horizon', () => {
    const plane = planeOf(ground)!;
    expect(toGround(plane, [0.5, 0.05])).toBeNull();
    expect(extent(plane, [[0.4, 0.05], ...corners])).toBeNull();
  });
  it('says how wide and long a zone is', () => {
    const size = extent(planeOf(ground)!, corners)!;
    expect(size.width).toBeCloseTo(8, 5);
    expect(size.length).toBeCloseTo(20, 5);
  });
  it('is none for three points or four on one line', () => {
    expect(planeOf(ground.slice(0, 3))).toBeNull();
    const line = [0.1, 0.2, 0.3, 0.4].map((x) => [x, 0.5] as Point);
    expect(planeOf(rectangle(line, 8, 20))).toBeNull();
  });
  it('tells how far a fifth point is off', () => {
    const more = [...ground, [0.5, 0.5, 4, 12] as [number, number, number, number]];
    expect(worstError(more, planeOf(more)!)).toBeGreaterThan(0.5);
  });
  it('draws a grid of round steps around what was measured', () => {
    expect(gridStep(ground)).toBe(5);
    expect(gridLines(ground, planeOf(ground)!, 5).length).toBeGreaterThan(6);
  });
});
