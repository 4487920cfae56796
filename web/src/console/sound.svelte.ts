// One short sound for a new signal of priority 1, and a key that silences it.
import { board } from '@/stream/board.svelte';
import type { SignalRow } from '@/api/types';

const KEY = 'sigap.sound';
const state = $state({ on: read() });
let context: AudioContext | null = null;

function read(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

export const sound = {
  get on(): boolean {
    return state.on;
  },
  toggle(): void {
    state.on = !state.on;
    try {
      localStorage.setItem(KEY, state.on ? 'on' : 'off');
    } catch {
      // Storage may be closed: the choice then lasts for this page.
    }
  },
};

/** Plays once for each signal of priority 1 that arrives. */
export function listenForP1(): () => void {
  return board.onchange((change) => {
    const fresh = change.table === 'signals' && change.kind === 'signal.received';
    if (fresh && change.row && (change.row as SignalRow).priority === 1 && state.on) beep();
  });
}

function beep(): void {
  context ??= new AudioContext();
  const { currentTime } = context;
  for (const [at, pitch] of [
    [0, 880],
    [0.18, 1175],
  ] as const) {
    const tone = context.createOscillator();
    const level = context.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.16, currentTime + at);
    level.gain.exponentialRampToValueAtTime(0.001, currentTime + at + 0.16);
    tone.connect(level).connect(context.destination);
    tone.start(currentTime + at);
    tone.stop(currentTime + at + 0.17);
  }
}
