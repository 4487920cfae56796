// The plane of the road as four or more points fix it: picture (0..1) to metres and back. Pure.
// Direct linear transform, least squares (Hartley and Zisserman 2003, 4.1). h33 = 1 at the bottom middle of
// the picture, which lies before the horizon of every camera that sees its road.
import type { Point } from './zone';

/** x, y of the picture and the place on the ground seen there: metres to the right and ahead. */
export type GroundPoint = [x: number, y: number, east: number, north: number];
export type Plane = readonly number[];

const [MIDDLE, BOTTOM] = [0.5, 1];
export type Metres = [east: number, north: number];

/** The corners of a rectangle in the order far left, far right, near right, near left. */
export function rectangle(corners: readonly Point[], widthM: number, lengthM: number): GroundPoint[] {
  const places: Metres[] = [
    [0, lengthM],
    [widthM, lengthM],
    [widthM, 0],
    [0, 0],
  ];
  return corners.slice(0, 4).map(([x, y], at) => [x, y, ...places[at]!]);
}

/** The homography from picture to ground; null where the points fix none. */
export function planeOf(ground: readonly GroundPoint[]): Plane | null {
  if (ground.length < 4) return null;
  const normal = Array.from({ length: 8 }, () => new Array<number>(9).fill(0));
  for (const [left, top, east, north] of ground) {
    const [x, y] = [left - MIDDLE, top - BOTTOM];
    const rows = [
      [x, y, 1, 0, 0, 0, -east * x, -east * y, east],
      [0, 0, 0, x, y, 1, -north * x, -north * y, north],
    ];
    for (const row of rows) {
      for (let i = 0; i < 8; i++) for (let j = 0; j < 9; j++) normal[i]![j]! += row[i]! * row[j]!;
    }
  }
  const solved = solve(normal);
  if (!solved) return null;
  const plane = [...solved, 1];
  const error = worstError(ground, plane);
  return Number.isFinite(error) ? plane : null;
}

/** Where a point of the picture lies on the ground; null at and beyond the horizon. */
export function toGround(plane: Plane, [x, y]: Point): Metres | null {
  return project(plane, x - MIDDLE, y - BOTTOM);
}

export function toPicture(plane: Plane, [east, north]: Metres): Point | null {
  const at = project(inverse(plane), east, north);
  return at && [at[0] + MIDDLE, at[1] + BOTTOM];
}

/** Metres between where the worst point should lie and where the plane puts it. */
export function worstError(ground: readonly GroundPoint[], plane: Plane): number {
  return Math.max(
    ...ground.map(([x, y, east, north]) => {
      const at = toGround(plane, [x, y]);
      return at ? Math.hypot(at[0] - east, at[1] - north) : Infinity;
    }),
  );
}

/** How wide and long a zone is in metres; null if it reaches over the horizon. */
export function extent(plane: Plane, zone: readonly Point[]): { width: number; length: number } | null {
  const places = zone.map((point) => toGround(plane, point));
  if (places.length === 0 || places.some((place) => place === null)) return null;
  const [east, north] = [0, 1].map((axis) => places.map((place) => place![axis]!));
  const span = (values: number[]): number => Math.max(...values) - Math.min(...values);
  return { width: span(east!), length: span(north!) };
}

/** A step of 1, 2, 5, 10 … metres that gives a rectangle some eight lines. */
export function gridStep(ground: readonly GroundPoint[]): number {
  const reach = Math.max(...ground.map(([, , east, north]) => Math.max(Math.abs(east), Math.abs(north))), 1);
  const raw = reach / 8;
  const size = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * size).find((step) => step >= raw) ?? raw;
}

/** Lines of the grid over the measured part and one step around it, as pairs of picture points. */
export function gridLines(ground: readonly GroundPoint[], plane: Plane, step: number): [Point, Point][] {
  const range = (axis: 2 | 3): [number, number] => {
    const values = ground.map((point) => point[axis]);
    return [Math.floor(Math.min(...values) / step) - 1, Math.ceil(Math.max(...values) / step) + 1];
  };
  const [east, north] = [range(2), range(3)];
  const lines: [Metres, Metres][] = [];
  for (let i = east[0]; i <= east[1]; i++)
    lines.push([
      [i * step, north[0] * step],
      [i * step, north[1] * step],
    ]);
  for (let j = north[0]; j <= north[1]; j++)
    lines.push([
      [east[0] * step, j * step],
      [east[1] * step, j * step],
    ]);
  return lines.flatMap(([a, b]) => {
    const ends = [toPicture(plane, a), toPicture(plane, b)];
    return ends[0] && ends[1] ? [[ends[0], ends[1]] as [Point, Point]] : [];
  });
}

function project(h: Plane, x: number, y: number): [number, number] | null {
  const depth = h[6]! * x + h[7]! * y + h[8]!;
  if (depth <= 1e-9) return null;
  return [(h[0]! * x + h[1]! * y + h[2]!) / depth, (h[3]! * x + h[4]! * y + h[5]!) / depth];
}

function inverse([a, b, c, d, e, f, g, h, i]: Plane): Plane {
  const minors = [
    e! * i! - f! * h!,
    c! * h! - b! * i!,
    b! * f! - c! * e!,
    f! * g! - d! * i!,
    a! * i! - c! * g!,
    c! * d! - a! * f!,
    d! * h! - e! * g!,
    b! * g! - a! * h!,
    a! * e! - b! * d!,
  ];
  const determinant = a! * minors[0]! + b! * minors[3]! + c! * minors[6]!;
  return minors.map((minor) => minor / determinant);
}

function solve(rows: number[][]): number[] | null {
  const size = rows.length;
  for (let at = 0; at < size; at++) {
    let best = at;
    for (let row = at + 1; row < size; row++) if (Math.abs(rows[row]![at]!) > Math.abs(rows[best]![at]!)) best = row;
    if (Math.abs(rows[best]![at]!) < 1e-12) return null;
    [rows[at], rows[best]] = [rows[best]!, rows[at]!];
    for (let row = 0; row < size; row++) {
      if (row === at) continue;
      const factor = rows[row]![at]! / rows[at]![at]!;
      for (let column = at; column <= size; column++) rows[row]![column]! -= factor * rows[at]![column]!;
    }
  }
  return rows.map((row, at) => row[size]! / row[at]!);
}
