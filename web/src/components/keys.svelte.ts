// Keyboard commands of a face: registered with their words, shown by KeyboardHelp, silent while typing.
import type { Key } from '@/i18n/index.svelte';

export interface Command {
  keys: readonly string[];
  label: Key;
  run: (key: string, event: KeyboardEvent) => void;
  /** Works even while a field has the focus (with Ctrl or Cmd held). */
  global?: boolean;
  /** Goes on while the key is held down. */
  repeats?: boolean;
  when?: () => boolean;
}

const MOVES = new Set(['j', 'k', 'ArrowUp', 'ArrowDown']);

const state = $state<{ sets: { commands: readonly Command[] }[] }>({ sets: [] });

export const keys = {
  get commands(): Command[] {
    return state.sets.flatMap((set) => [...set.commands]);
  },
};

/** Adds commands until the returned function is called; later sets win over earlier ones. */
export function commands(list: readonly Command[]): () => void {
  const set = { commands: list };
  state.sets = [...state.sets, set];
  return () => (state.sets = state.sets.filter((other) => other.commands !== list));
}

export function onkeydown(event: KeyboardEvent): void {
  dispatch(keys.commands, event);
}

/** Runs the last command of the list that this key means; for a part that keeps its keys to itself. */
export function dispatch(list: readonly Command[], event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const held = event.ctrlKey || event.metaKey;
  if (event.altKey || (isTyping(event.target) && !held)) return;
  // The space bar presses the button that has the focus, whatever it means elsewhere.
  if (event.key === ' ' && (event.target as Element).closest?.('button, a, summary')) return;
  const name = held ? `mod+${event.key.toLowerCase()}` : event.key;
  // A key held down moves through a list, but must not send a unit twice.
  const hit = [...list].reverse().find((command) => command.keys.includes(name) && (command.when?.() ?? true));
  if (!hit || (event.repeat && !hit.repeats && !MOVES.has(event.key))) return;
  event.preventDefault();
  hit.run(event.key, event);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['button', 'checkbox'].includes(target.type);
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** How a key is written for people. */
export function keyName(key: string): string {
  const names: Record<string, string> = {
    Enter: '⏎',
    Escape: 'Esc',
    ArrowUp: '↑',
    ArrowDown: '↓',
    ArrowLeft: '←',
    ArrowRight: '→',
    ' ': '␣',
  };
  return names[key] ?? key.replace('mod+', 'Ctrl ');
}
