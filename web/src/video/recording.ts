// The last hour of a camera: where there are pictures, where not, and what wall time a picture has.

export interface Segment {
  start: string;
  end: string;
}

export interface Span {
  from: number;
  to: number;
}

/** Joins segments that touch (within a second) into spans of recording; milliseconds. */
export function spans(segments: readonly Segment[], from: number, to: number): Span[] {
  const parts = segments
    .map((s) => ({ from: Math.max(from, Date.parse(s.start)), to: Math.min(to, Date.parse(s.end)) }))
    .filter((s) => s.to > s.from)
    .sort((a, b) => a.from - b.from);
  const joined: Span[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last && part.from - last.to <= 1000) last.to = Math.max(last.to, part.to);
    else joined.push({ ...part });
  }
  return joined;
}

/** The nearest moment with pictures at or after `at`, else the last before it; null: nothing recorded. */
export function playable(recorded: readonly Span[], at: number): number | null {
  const next = recorded.find((span) => span.to > at + 200);
  if (next) return Math.max(at, next.from);
  const last = recorded.at(-1);
  return last ? Math.max(last.from, last.to - 1000) : null;
}

/** Wall time of a media position: recorded spans follow each other without their gaps. */
export function wallAt(recorded: readonly Span[], startedAt: number, playedMs: number): number {
  let left = playedMs;
  for (const span of recorded) {
    if (span.to <= startedAt) continue;
    const from = Math.max(span.from, startedAt);
    if (left <= span.to - from) return from + left;
    left -= span.to - from;
  }
  return recorded.at(-1)?.to ?? startedAt;
}
