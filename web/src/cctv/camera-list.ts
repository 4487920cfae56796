// Which cameras the list shows. Pure.
import type { CameraRow } from '@/api/types';

export type StateFilter = 'all' | 'trouble' | 'gap' | 'up' | 'disabled';
export const STATE_FILTERS: readonly StateFilter[] = ['all', 'trouble', 'gap', 'up', 'disabled'];
const DAY_S = 86_400;
/** Less than this is a reconnection, not a gap. */
const GAP_S = 60;

/** By name, those out of use last: the ones that hold all words and are in the state asked for. */
export function chosen(rows: readonly CameraRow[], text: string, state: StateFilter): CameraRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows
    .filter((row) => words.every((word) => row.name.toLowerCase().includes(word)) && fits(row, state))
    .sort(
      (a, b) => Number(b.enabled) - Number(a.enabled) || a.name.localeCompare(b.name, undefined, { numeric: true }),
    );
}

/** Share of the last 24 hours that was recorded, 0 to 1; null where nothing is recorded or ever was. */
export function recordedShare(row: CameraRow): number | null {
  return row.enabled && row.last_frame_at !== null ? 1 - Math.min(1, row.gap_s_24h / DAY_S) : null;
}

/** Those of which something was not recorded lately, the worst first. */
export function withGaps(rows: readonly CameraRow[]): CameraRow[] {
  return rows.filter((row) => fits(row, 'gap')).sort((a, b) => b.gap_s_24h - a.gap_s_24h);
}

function fits(row: CameraRow, state: StateFilter): boolean {
  if (state === 'trouble') return row.enabled && row.state !== 'up';
  if (state === 'gap') return row.enabled && row.gap_s_24h >= GAP_S;
  if (state === 'up') return row.state === 'up';
  return state === 'all' || !row.enabled;
}
