// The desk's own state (open dialog, pin on the map, order of the queue) and its keyboard commands.
import type { Command } from '@/components/keys.svelte';
import { now } from '@/design/now.svelte';
import type { LonLat } from '@/map/types';
import { route, setQuery } from '@/router/router.svelte';
import { acknowledge, promote } from './actions';
import { entryKey, signal, type Entry } from './rows';
import { selection } from './selection.svelte';
import { session } from './session.svelte';
import { sound } from './sound.svelte';

type DialogName = 'help' | 'search' | 'dismiss' | 'link' | 'close';

const state = $state<{ dialog: DialogName | null; subject: number | null; pin: LonLat | null; reading: number }>({
  dialog: null,
  subject: null,
  pin: null,
  reading: 0,
});
let order: readonly Entry[] = [];
const sendListeners = new Set<(rank: number) => void>();
const noteListeners = new Set<() => void>();
const releaseListeners = new Set<() => void>();

function on<F>(set: Set<F>, listener: F): () => void {
  set.add(listener);
  return () => set.delete(listener);
}

export const desk = {
  get dialog(): DialogName | null {
    return state.dialog;
  },
  /** The signal that the open dialog is about. */
  get subject(): number | null {
    return state.subject;
  },
  /** The place chosen on the map for a call or search. */
  get pin(): LonLat | null {
    return state.pin;
  },
  setPin(at: LonLat | null): void {
    state.pin = at;
  },
  /** Time (ms) of the last keyboard move in the queue: the list stands still for a while after. */
  get reading(): number {
    return state.reading;
  },
  open(dialog: DialogName, subject: number | null = null): void {
    state.dialog = dialog;
    state.subject = subject;
  },
  close(): void {
    state.dialog = null;
    state.subject = null;
  },
  openCall(): void {
    state.pin = null;
    setQuery({ call: '1' });
  },
  closeCall(): void {
    state.pin = null;
    setQuery({ call: null }, { replace: true });
  },
  closeWall(): void {
    setQuery({ wall: null }, { replace: true });
  },
  /** The queue as it is drawn: j and k follow it. */
  setOrder(entries: readonly Entry[]): void {
    order = entries;
  },
  onsend: (listener: (rank: number) => void): (() => void) => on(sendListeners, listener),
  onnote: (listener: () => void): (() => void) => on(noteListeners, listener),
  onrelease: (listener: () => void): (() => void) => on(releaseListeners, listener),
};

function move(step: 1 | -1): void {
  if (order.length === 0) return;
  state.reading = now.ms;
  const current = selection.current;
  const at = current ? order.findIndex((e) => entryKey(e) === `${current.kind}-${current.id}`) : -1;
  const next = order[at < 0 ? (step > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, at + step))];
  if (next) selection.select({ kind: next.kind, id: next.row.id }, { replace: true });
}

function take(): void {
  // Taken rows sort lower: the list stands still so that the eye keeps its place.
  state.reading = now.ms;
  const row = chosenSignal();
  if (row) void acknowledge(row);
}

function first(): void {
  const [top] = order;
  if (top) selection.select({ kind: top.kind, id: top.row.id }, { replace: true });
}

function release(): void {
  state.pin = null;
  selection.select(null);
}

function chosenSignal() {
  const current = selection.current;
  return current?.kind === 'signal' ? signal(current.id) : undefined;
}

const onSignal = (): boolean => idle() && session.may('signals.triage') && chosenSignal() !== undefined;
const onIncident = (permission: string) => (): boolean =>
  idle() && session.may(permission) && selection.current?.kind === 'incident';
const idle = (): boolean => state.dialog === null;

export const deskCommands: readonly Command[] = [
  { keys: ['j', 'ArrowDown'], label: 'console.keys.next', when: idle, run: () => move(1) },
  { keys: ['k', 'ArrowUp'], label: 'console.keys.previous', when: idle, run: () => move(-1) },
  { keys: ['g', 'Home'], label: 'console.keys.first', when: idle, run: first },
  { keys: ['a'], label: 'console.keys.acknowledge', when: onSignal, run: take },
  { keys: ['i'], label: 'console.keys.incident', when: onSignal, run: () => void promote(chosenSignal()!) },
  { keys: ['l'], label: 'console.keys.link', when: onSignal, run: () => desk.open('link', chosenSignal()!.id) },
  { keys: ['d'], label: 'console.keys.dismiss', when: onSignal, run: () => desk.open('dismiss', chosenSignal()!.id) },
  {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    label: 'console.keys.send',
    when: onIncident('units.dispatch'),
    run: (key) => sendListeners.forEach((listener) => listener(Number(key))),
  },
  {
    keys: ['n'],
    label: 'console.keys.note',
    when: onIncident('incidents.note'),
    run: () => noteListeners.forEach((listener) => listener()),
  },
  { keys: ['x'], label: 'console.keys.close', when: onIncident('incidents.manage'), run: () => desk.open('close') },
  { keys: ['r'], label: 'console.keys.release', run: () => releaseListeners.forEach((listener) => listener()) },
  {
    keys: ['c'],
    label: 'console.keys.call',
    when: () => idle() && session.may('calls.take'),
    run: () => desk.openCall(),
  },
  {
    keys: ['w'],
    label: 'console.keys.wall',
    run: () => setQuery({ wall: route.query['wall'] === undefined ? '1' : null }, { replace: true }),
  },
  { keys: ['/', 'mod+k'], label: 'console.keys.search', run: () => desk.open('search') },
  { keys: ['m'], label: 'console.keys.silence', run: () => sound.toggle() },
  { keys: ['?'], label: 'console.keys.help', run: () => desk.open('help') },
  { keys: ['Escape'], label: 'console.keys.escape', when: idle, run: release },
];
