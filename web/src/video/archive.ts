// What the node has of one camera in a stretch of time: recordings, gaps, motion; alarms from the core.
import { iso, sibling } from './addresses';
import type { Grant } from './grant';
import { spans, type Segment, type Span } from './recording';
import type { Motion } from './timeline';

export interface Archive {
  recorded: Span[];
  motion: Motion[];
}

interface IndexAnswer {
  segments: Segment[];
  motion?: { start: string; end: string; share?: number }[];
}

/** Raises when the node refuses or does not answer. */
export async function loadArchive(grant: Grant, period: Span): Promise<Archive> {
  const signed = grant.index ?? grant.play;
  if (signed === null) throw new Error('no index was granted');
  const response = await fetch(sibling(signed, 'index', { from: iso(period.from), to: iso(period.to) }));
  if (!response.ok) throw new Error(`the index was refused: ${response.status}`);
  const answer = (await response.json()) as IndexAnswer;
  return {
    recorded: spans(answer.segments, period.from, period.to),
    motion: (answer.motion ?? []).map((m) => ({
      from: Date.parse(m.start),
      to: Date.parse(m.end),
      peak: m.share ?? 0.5,
    })),
  };
}
