// The browser's copy of the city: a snapshot plus changes, keyed. Pure; board.svelte.ts makes it live.

export type Table = 'signals' | 'incidents' | 'units' | 'cameras' | 'tasks' | 'assignments';
export const TABLES: readonly Table[] = ['signals', 'incidents', 'units', 'cameras', 'tasks', 'assignments'];

/** One message of the stream; `row` null means that the row is no longer this viewer's to see. */
export interface Change {
  /** Place in the event log; null for what is not kept there (a unit's moves). */
  id: number | null;
  kind: string;
  table: Table;
  key: string | number;
  row: object | null;
}

/** What the tables need of a map; a reactive SvelteMap fits. */
export interface Rows {
  set(key: string, row: object): unknown;
  delete(key: string): unknown;
}

export type Applied = 'applied' | 'seen' | 'unknown';

/**
 * Applies one change to the tables. A change at or before `lastId` was applied already (a reconnect
 * repeats some) and is left out; a table not known here is skipped, so that the core may add tables.
 */
export function apply(tables: Record<Table, Rows>, change: Change, lastId: number): Applied {
  if (change.id !== null && change.id <= lastId) return 'seen';
  const rows = tables[change.table] as Rows | undefined;
  if (!rows) return 'unknown';
  const key = String(change.key);
  if (change.row === null) rows.delete(key);
  else rows.set(key, change.row);
  return 'applied';
}

/** Reads the data of a message; null for one that is not a change. */
export function parse(data: string): Change | null {
  try {
    const value = JSON.parse(data) as Partial<Change> | null;
    if (value?.id === undefined || typeof value.table !== 'string') return null;
    if (value.key === undefined || value.row === undefined) return null;
    return value as Change;
  } catch {
    return null;
  }
}
