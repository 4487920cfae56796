// The live copy of the city in this page: snapshot, then the stream. Views read `board.tables`.
import { SvelteMap } from 'svelte/reactivity';
import { now } from '@/design/now.svelte';
import { apply, parse, TABLES, type Change, type Table } from './reducer';
import { follow } from './sse';

/** A snapshot as the core gives it: the rows of every table and the last event they contain. */
export interface Snapshot {
  last_event_id: number;
  tables: Record<string, Record<string, unknown>[]>;
}

type Tables = Record<Table, SvelteMap<string, object>>;
const tables = Object.fromEntries(TABLES.map((name) => [name, new SvelteMap<string, object>()])) as Tables;

const state = $state<{ phase: 'idle' | 'loading' | 'live' | 'lost' | 'refused'; error: unknown; since: number | null }>(
  {
    phase: 'idle',
    error: null,
    since: null,
  },
);
let lastId = 0;
let stop: (() => void) | null = null;
const listeners = new Set<(change: Change) => void>();

export const board = {
  tables,
  get phase() {
    return state.phase;
  },
  get error() {
    return state.error;
  },
  /** Server time (ms) of the last sign of life while the link is lost; null while all is fresh. */
  get staleSince(): number | null {
    return state.since;
  },
  onchange(listener: (change: Change) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

function load(snapshot: Snapshot): void {
  for (const name of TABLES) {
    const rows = snapshot.tables[name] ?? [];
    const keep = new Set(rows.map((row) => String(row['id'])));
    for (const key of [...tables[name].keys()]) if (!keep.has(key)) tables[name].delete(key);
    for (const row of rows) tables[name].set(String(row['id']), row);
  }
  lastId = snapshot.last_event_id;
}

/** Loads the snapshot and follows the stream; give it the way to ask for a snapshot. */
export async function startBoard(snapshot: () => Promise<Snapshot>): Promise<void> {
  stop?.();
  state.phase = 'loading';
  state.error = null;
  try {
    load(await snapshot());
  } catch (error) {
    state.phase = 'lost';
    state.error = error;
    throw error;
  }
  let alive = now.ms;
  state.phase = 'live';
  state.since = null;
  stop = follow(String(lastId), {
    url: (after) => `/api/v1/stream?after=${encodeURIComponent(after)}`,
    onalive: () => {
      alive = now.ms;
      state.phase = 'live';
      state.since = null;
    },
    onlost: () => {
      state.phase = 'lost';
      state.since = alive;
    },
    onrefused: () => (state.phase = 'refused'),
    onevent: (event) => {
      // The core can no longer continue from where we were: begin again from a fresh snapshot.
      if (event.event === 'reset') return restart(snapshot);
      const change = parse(event.data);
      if (change) take(change);
    },
  });
}

const AGAIN_MS = 2000;

function restart(snapshot: () => Promise<Snapshot>): void {
  startBoard(snapshot).catch(() => setTimeout(() => restart(snapshot), AGAIN_MS));
}

function take(change: Change): void {
  if (apply(tables, change, lastId) === 'seen') return;
  lastId = change.id ?? lastId;
  for (const listener of listeners) listener(change);
}
