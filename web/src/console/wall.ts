// The camera wall as data: which camera in which cell, page by page; walls that a person keeps. Pure.

export const LAYOUTS = [1, 4, 9, 16] as const;
export type Layout = (typeof LAYOUTS)[number];
export type Cells = readonly (number | null)[];

export interface SavedWall {
  name: string;
  layout: Layout;
  cells: Cells;
}

const MOST_SAVED = 30;
const MOST_CELLS = 160;
const LONGEST_NAME = 60;

export const columnsOf = (layout: Layout): number => Math.sqrt(layout);

/** The smallest layout that shows so many cameras at once; the largest where none does. */
export const layoutFor = (cameras: number): Layout => LAYOUTS.find((layout) => layout >= cameras) ?? 16;

/** The cells page by page, each page full; at least one page. */
export function pagesOf(cells: Cells, layout: Layout): (number | null)[][] {
  const last = cells.findLastIndex((cell) => cell !== null);
  const count = Math.max(1, Math.ceil((last + 1) / layout));
  return Array.from({ length: count }, (_, page) =>
    Array.from({ length: layout }, (_, n) => cells[page * layout + n] ?? null),
  );
}

/** Puts a camera into a cell; what was there goes. */
export function placed(cells: Cells, at: number, camera: number | null): (number | null)[] {
  const next = Array.from({ length: Math.max(cells.length, at + 1) }, (_, n) => cells[n] ?? null);
  next[at] = camera;
  return next;
}

/** Two cells change places. */
export function swapped(cells: Cells, a: number, b: number): (number | null)[] {
  const [one, other] = [cells[a] ?? null, cells[b] ?? null];
  return placed(placed(cells, a, other), b, one);
}

/** The cell beside, by an arrow key; stays at the edge. */
export function cellBeside(at: number, key: string, layout: Layout): number {
  const columns = columnsOf(layout);
  const [column, row] = [at % columns, Math.floor(at / columns)];
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (!step) return at;
  const inside = (value: number): number => Math.min(columns - 1, Math.max(0, value));
  return inside(row + step[1]!) * columns + inside(column + step[0]!);
}

/** Reads what this device kept; whatever is not a wall is left out. */
export function readWalls(text: string | null): SavedWall[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? kept.filter(isWall).slice(0, MOST_SAVED) : [];
  } catch {
    return [];
  }
}

/** Keeps a wall under its name; the same name is replaced. */
export function withWall(walls: readonly SavedWall[], wall: SavedWall): SavedWall[] {
  const name = wall.name.trim().slice(0, LONGEST_NAME);
  return [...walls.filter((other) => other.name !== name), { ...wall, name }].slice(-MOST_SAVED);
}

function isWall(value: unknown): value is SavedWall {
  if (typeof value !== 'object' || value === null) return false;
  const { name, layout, cells } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    LAYOUTS.includes(layout as Layout) &&
    Array.isArray(cells) &&
    cells.length <= MOST_CELLS &&
    cells.every((cell) => cell === null || Number.isInteger(cell))
  );
}
