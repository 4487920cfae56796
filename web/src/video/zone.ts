// Shapes drawn on a camera's picture: points are shares of width and height, 0 to 1. Pure.

export type Point = [x: number, y: number];
export type ZoneKind =
  'zone' | 'line' | 'loitering' | 'crowd' | 'wrong_way' | 'stopped' | 'object' | 'speed' | 'queue' | 'tamper';
/** `picture`: nothing is drawn, the whole picture counts. */
export type Shape = 'area' | 'line' | 'picture';

const SHAPES: Partial<Record<ZoneKind, Shape>> = { line: 'line', wrong_way: 'line', tamper: 'picture' };
const LEAST: Record<Shape, number> = { area: 3, line: 2, picture: 0 };
const MOST: Record<Shape, number> = { area: 24, line: 2, picture: 0 };

export const shapeOf = (kind: ZoneKind): Shape => SHAPES[kind] ?? 'area';

export function clamp([x, y]: Point): Point {
  const inside = (v: number): number => Math.round(Math.min(1, Math.max(0, v)) * 10_000) / 10_000;
  return [inside(x), inside(y)];
}

/** Adds a point; a line that is complete begins anew, a zone with its most corners stays. */
export function add(kind: ZoneKind, points: readonly Point[], point: Point): Point[] {
  const shape = shapeOf(kind);
  if (points.length >= MOST[shape]) return shape === 'line' ? [clamp(point)] : [...points];
  return [...points, clamp(point)];
}

export function move(points: readonly Point[], index: number, to: Point): Point[] {
  return points.map((point, at) => (at === index ? clamp(to) : point));
}

export function flip(points: readonly Point[]): Point[] {
  return [...points].reverse();
}

/** A zone whose sides cross has no inside: the rule could not be told. */
export function crosses(points: readonly Point[]): boolean {
  const count = points.length;
  if (count < 4) return false;
  for (let i = 0; i < count; i++) {
    for (let j = i + 2; j < count; j++) {
      if (i === 0 && j === count - 1) continue;
      if (meets(points[i]!, points[(i + 1) % count]!, points[j]!, points[(j + 1) % count]!)) return true;
    }
  }
  return false;
}

export function complete(kind: ZoneKind, points: readonly Point[]): boolean {
  const shape = shapeOf(kind);
  return points.length >= LEAST[shape] && !(shape === 'area' && crosses(points));
}

/**
 * The arrow of a line's forward direction, on a picture of `aspect` = width / height: from the left of
 * p0→p1 to its right, as seen on the screen (y grows downwards). Shares of width and height.
 */
export function arrow(points: readonly Point[], aspect: number, length = 0.09): [Point, Point] | null {
  const [a, b] = points;
  if (!a || !b) return null;
  const dx = (b[0] - a[0]) * aspect;
  const dy = b[1] - a[1];
  const size = Math.hypot(dx, dy);
  if (size === 0) return null;
  // Looking along p0→p1 with y downwards, the right hand is (-dy, dx).
  const right: Point = [(-dy / size / aspect) * length, (dx / size) * length];
  const middle: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return [
    [middle[0] - right[0], middle[1] - right[1]],
    [middle[0] + right[0], middle[1] + right[1]],
  ];
}

function meets(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point): number =>
    Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}
