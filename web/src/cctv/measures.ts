// Readings of a camera's rules (speed, queue, crowd) brought into even steps, one series a rule and measure.
import type { components } from '@/api/schema';

type Reading = Pick<
  components['schemas']['MeasureStepOut'],
  'rule_id' | 'measure' | 'start' | 'samples' | 'mean' | 'largest'
>;
export interface Series {
  ruleId: number;
  measure: Reading['measure'];
  /** The mean of each step over all classes; 0 where nothing was read. */
  means: number[];
  mean: number;
  largest: number;
}

/** The last `steps` steps up to now. Milliseconds. Readings outside of them count for nothing. */
export function measureSeries(rows: readonly Reading[], now: number, stepMs: number, steps: number): Series[] {
  const first = Math.floor(now / stepMs) * stepMs - (steps - 1) * stepMs;
  const stepOf = (row: Reading): number => Math.floor((Date.parse(row.start) - first) / stepMs);
  const shown = rows.filter((row) => row.samples > 0 && stepOf(row) >= 0 && stepOf(row) < steps);
  const keyOf = (row: Reading): string => `${row.rule_id} ${row.measure}`;
  const groups = [...new Set(shown.map(keyOf))].map((key) => shown.filter((row) => keyOf(row) === key));
  return groups.map((group) => ({
    ruleId: group[0]!.rule_id,
    measure: group[0]!.measure,
    means: Array.from({ length: steps }, (_, at) => meanOf(group.filter((row) => stepOf(row) === at))),
    mean: meanOf(group),
    largest: Math.max(...group.map((row) => row.largest)),
  }));
}

/** Every sample counts once, whichever class it was of. */
function meanOf(rows: readonly Reading[]): number {
  const samples = rows.reduce((sum, row) => sum + row.samples, 0);
  return samples ? rows.reduce((sum, row) => sum + row.mean * row.samples, 0) / samples : 0;
}
