// Where there are pictures of a camera and where not; all times in milliseconds of wall time.

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
