// A drawn area as the node's motion log knows places: a grid of 16 × 9, row by row, bit 0 first. Pure.
import type { Point } from '@/video/zone';

const [COLUMNS, ROWS] = [16, 9];
const DIGITS = (COLUMNS * ROWS) / 4;
/** Where a cell is probed, in parts of it. */
const PROBES = [0.1, 0.5, 0.9];

/** The cells that an area touches, as 36 hexadecimal digits. */
export function cellsOf(area: readonly Point[]): string {
  let mask = 0n;
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const touched = PROBES.some((y) => PROBES.some((x) => holds(area, [(column + x) / COLUMNS, (row + y) / ROWS])));
      if (touched) mask |= 1n << BigInt(row * COLUMNS + column);
    }
  }
  return mask.toString(16).padStart(DIGITS, '0');
}

function holds(area: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  for (let i = 0, j = area.length - 1; i < area.length; j = i++) {
    const [a, b] = [area[i]!, area[j]!];
    if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}
