// The maths of the time-line: what part of the day is seen, where its marks stand, what comes next. Pure;
// all times in milliseconds of wall time.
import type { Span } from './recording';

export interface Mark {
  at: number;
  to?: number;
  label: string;
  camera: number;
  signalId?: number | null;
}

export interface Motion extends Span {
  /** Largest share of the picture that moved, 0..1. */
  peak: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const LEAST_VIEW_MS = 10 * SECOND;
const STEPS = [
  ...[1, 2, 5, 10, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6].map((n) => n * HOUR),
];

export const share = (view: Span, at: number): number => (at - view.from) / (view.to - view.from);
export const moment = (view: Span, at: number): number => view.from + at * (view.to - view.from);

/** Zooms by `factor` (below one: closer) around the moment `around`, inside `bounds`. */
export function zoomed(view: Span, factor: number, around: number, bounds: Span): Span {
  const length = Math.min(bounds.to - bounds.from, Math.max(LEAST_VIEW_MS, (view.to - view.from) * factor));
  const from = around - share(view, around) * length;
  return within({ from, to: from + length }, bounds);
}

export function panned(view: Span, byMs: number, bounds: Span): Span {
  return within({ from: view.from + byMs, to: view.to + byMs }, bounds);
}

/** Brings a moment into view without moving what is seen more than needed. */
export function revealing(view: Span, at: number, bounds: Span): Span {
  if (at >= view.from && at <= view.to) return view;
  const length = view.to - view.from;
  return within({ from: at - length / 10, to: at - length / 10 + length }, bounds);
}

function within(view: Span, bounds: Span): Span {
  const length = Math.min(view.to - view.from, bounds.to - bounds.from);
  const from = Math.min(Math.max(view.from, bounds.from), bounds.to - length);
  return { from, to: from + length };
}

/** Moments to write under the line, whole steps of the city's clock (`offsetMs` ahead of UTC). */
export function ticks(view: Span, most: number, offsetMs: number): { at: number; seconds: boolean }[] {
  const length = view.to - view.from;
  const step = STEPS.find((candidate) => length / candidate <= most) ?? 6 * HOUR;
  const first = Math.ceil((view.from + offsetMs) / step) * step - offsetMs;
  const found: { at: number; seconds: boolean }[] = [];
  for (let at = first; at <= view.to; at += step) found.push({ at, seconds: step < MINUTE });
  return found;
}

/** The holes between spans. */
export function gapsOf(spans: readonly Span[], bounds: Span): Span[] {
  const gaps: Span[] = [];
  let at = bounds.from;
  for (const span of spans) {
    if (span.from > at) gaps.push({ from: at, to: Math.min(span.from, bounds.to) });
    at = Math.max(at, span.to);
  }
  if (at < bounds.to) gaps.push({ from: at, to: bounds.to });
  return gaps.filter((gap) => gap.to > gap.from);
}

export const holds = (spans: readonly Span[], at: number): boolean =>
  spans.some((span) => span.from <= at && at < span.to);

/** Where it goes on when no camera has a picture at `at`; null: some camera has, or nothing follows. */
export function overGap(recordings: readonly (readonly Span[])[], at: number): number | null {
  if (recordings.some((spans) => holds(spans, at))) return null;
  const next = recordings.flatMap((spans) => spans.filter((span) => span.from > at).map((span) => span.from));
  return next.length > 0 ? Math.min(...next) : null;
}

/** The next (or previous) beginning; a moment's grace, so that pressing again moves on. */
export function neighbour(starts: readonly number[], at: number, direction: 1 | -1): number | null {
  const GRACE_MS = 1500;
  if (direction === 1) return starts.filter((start) => start > at + 200).sort((a, b) => a - b)[0] ?? null;
  return starts.filter((start) => start < at - GRACE_MS).sort((a, b) => b - a)[0] ?? null;
}
