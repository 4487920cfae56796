// The address of the playback page: which cameras, which moment. `/console/playback?cameras=3,7&at=…`
import type { Span } from './recording';
import { cityStamp, fromCityStamp } from '@/design/format';

export const MOST_CAMERAS = 4;
const DAY_MS = 86_400_000;
const AHEAD_MS = 3_600_000;

export function playbackAddress(cameras: readonly number[], at?: number): string {
  const query = new URLSearchParams({ cameras: cameras.slice(0, MOST_CAMERAS).join(',') });
  if (at !== undefined) query.set('at', new Date(at).toISOString());
  return `/console/playback?${query}`;
}

/** Reads `cameras=3,7` or `camera=3`; each once, four at most. */
export function camerasOf(query: Record<string, string>): number[] {
  const named = `${query['cameras'] ?? ''},${query['camera'] ?? ''}`.split(',').map(Number);
  return [...new Set(named.filter((id) => Number.isInteger(id) && id > 0))].slice(0, MOST_CAMERAS);
}

/** The day to load around a moment: the last 23 hours and the coming one, or a whole day of the city. */
export function periodOf(at: number, nowMs: number): Span {
  const to = nowMs + AHEAD_MS;
  if (at > to - DAY_MS) return { from: to - DAY_MS, to };
  const midnight = fromCityStamp(`${cityStamp(at).slice(0, 10)}T00:00:00`);
  return { from: midnight, to: midnight + DAY_MS };
}
