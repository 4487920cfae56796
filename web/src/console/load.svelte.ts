// Alarm load: new signals per 10 minutes, over the last hour, from the stream and the waiting rows.
import type { SignalRow } from '@/api/types';
import { now } from '@/design/now.svelte';
import { board } from '@/stream/board.svelte';
import { perBin } from './bins';

const BIN_MS = 10 * 60_000;
const BINS = 6;

const state = $state<{ seen: Map<string, number>; version: number }>({ seen: new Map(), version: 0 });

board.onchange((change) => {
  if (change.kind !== 'signal.received' || change.table !== 'signals') return;
  const row = change.row as SignalRow | null;
  state.seen.set(String(change.key), row ? Date.parse(row.received_at) : now.ms);
  state.version++;
});

const times = (): number[] => {
  void state.version;
  const waiting = [...board.tables.signals].map(
    ([key, row]) => [key, Date.parse((row as SignalRow).received_at)] as const,
  );
  return [...new Map([...waiting, ...state.seen]).values()];
};

export const load = {
  get now(): number {
    return load.history.at(-1) ?? 0;
  },
  /** The last hour in six bins, the newest last. */
  get history(): number[] {
    // A minute is fine enough: the header need not be drawn each second.
    return perBin(times(), Math.floor(now.ms / 60_000) * 60_000 + 60_000, BIN_MS, BINS);
  },
};
