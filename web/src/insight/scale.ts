// Scales of a plot: round marks for numbers, shares and durations.
import type { Unit } from './figures';

const TIME_STEPS_S = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
const WANTED = 4;

/** Marks from 0 to at least `top`, about four of them, at round values of the unit. */
export function marks(top: number, unit: Unit): number[] {
  if (unit === 'share') return [0, 0.25, 0.5, 0.75, 1];
  const step = unit === 's' ? timeStep(top) : roundStep(top);
  const count = Math.max(1, Math.ceil(top / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}

function timeStep(top: number): number {
  return TIME_STEPS_S.find((step) => top / step <= WANTED) ?? roundStep(top);
}

function roundStep(top: number): number {
  if (top <= 0) return 1;
  const raw = top / WANTED;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10;
  return Math.max(step * power, top <= 4 ? 1 : 0);
}

/** Which of `count` labels to write so that they do not touch; the last one is always among them. */
export function labelled(count: number, most: number): Set<number> {
  const every = Math.max(1, Math.ceil(count / most));
  const chosen = new Set<number>();
  for (let at = count - 1; at >= 0; at -= every) chosen.add(at);
  return chosen;
}
