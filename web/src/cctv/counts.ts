// Line counts brought into even steps: steps without anybody are zero, not absent.
import type { components } from '@/api/schema';

export interface Step {
  start: number;
  forward: number;
  backward: number;
}

/** The last `steps` steps up to now, all lines and classes together. Milliseconds. */
export function stepCounts(
  rows: readonly Pick<components['schemas']['CountStepOut'], 'start' | 'forward' | 'backward'>[],
  now: number,
  stepMs: number,
  steps: number,
): Step[] {
  const last = Math.floor(now / stepMs) * stepMs;
  const out = Array.from({ length: steps }, (_, at) => ({
    start: last - (steps - 1 - at) * stepMs,
    forward: 0,
    backward: 0,
  }));
  for (const row of rows) {
    const step = out[Math.floor((Date.parse(row.start) - out[0]!.start) / stepMs)];
    if (!step) continue;
    step.forward += row.forward;
    step.backward += row.backward;
  }
  return out;
}
