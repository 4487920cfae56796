// Nothing moves under the pointer: while a list is being read its order stands still and new rows wait.

export interface Held<T> {
  /** What to draw, in order; `gone` marks rows that left meanwhile. */
  rows: { row: T; gone: boolean }[];
  /** New rows that wait behind "4 new". */
  waiting: T[];
}

/**
 * @param frozen the rows as they stood when reading began, or null when nobody reads
 * @param current the rows now, in their right order
 */
export function hold<T>(frozen: readonly T[] | null, current: readonly T[], keyOf: (row: T) => string): Held<T> {
  if (frozen === null) return { rows: current.map((row) => ({ row, gone: false })), waiting: [] };
  const now = new Map(current.map((row) => [keyOf(row), row]));
  const stood = new Set(frozen.map(keyOf));
  return {
    rows: frozen.map((row) => ({ row: now.get(keyOf(row)) ?? row, gone: !now.has(keyOf(row)) })),
    waiting: current.filter((row) => !stood.has(keyOf(row))),
  };
}
