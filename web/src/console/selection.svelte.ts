// What is selected, held by the address: one selection drives queue, map, incident and cameras.
// Windows of the same operator follow each other over a BroadcastChannel.
import { route, setQuery } from '@/router/router.svelte';

export type Kind = 'signal' | 'incident' | 'unit' | 'camera';
export interface Selected {
  kind: Kind;
  id: number;
}

const KINDS: readonly Kind[] = ['incident', 'signal', 'unit', 'camera'];
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('sigap-selection');

function read(): Selected | null {
  for (const kind of KINDS) {
    const id = Number(route.query[kind]);
    if (Number.isInteger(id) && id > 0) return { kind, id };
  }
  return null;
}

function write(selected: Selected | null, replace: boolean): void {
  const changes = Object.fromEntries(KINDS.map((kind) => [kind, null])) as Record<string, string | null>;
  if (selected) changes[selected.kind] = String(selected.id);
  setQuery({ ...changes, call: null }, { replace });
}

export const selection = {
  get current(): Selected | null {
    return read();
  },
  is(kind: Kind, id: number): boolean {
    const now = read();
    return now?.kind === kind && now.id === id;
  },
  /** The camera in focus beside a selected incident or signal. */
  get camera(): number | null {
    return Number(route.query['camera']) || null;
  },
  select(selected: Selected | null, options: { replace?: boolean } = {}): void {
    write(selected, options.replace ?? false);
    channel?.postMessage(selected);
  },
  focusCamera(id: number | null): void {
    setQuery({ camera: id === null ? null : String(id) }, { replace: true });
  },
};

if (channel) {
  channel.onmessage = (event: MessageEvent<Selected | null>) => write(event.data, true);
}
