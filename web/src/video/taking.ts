// Taking pictures away: a still of what is shown, a clip of what was marked. Each is on record first.
import { ApiError, sentence } from '@/api/errors';
import { toasts } from '@/components/toasts.svelte';
import { cityStamp } from '@/design/format';
import { t } from '@/i18n/index.svelte';
import { iso, sibling } from './addresses';
import type { Deck } from './deck.svelte';
import type { Span } from './recording';
import { fileName, saveBlob, stillOf } from './still';

/** Around the moment shown, when nothing is marked. */
const AROUND_MS = 15_000;
const BETWEEN_FILES_MS = 400;

const stamp = (at: number): string => cityStamp(at).replace('T', ' ');

/** A still of every camera that shows a picture. */
export async function takeStills(deck: Deck): Promise<void> {
  for (const { camera, video, reel, state } of deck.slots) {
    const still = state === 'ready' && video ? await stillOf(video) : null;
    if (!still) continue;
    try {
      await camera.record?.();
    } catch (error) {
      return void toasts.bad(sentence(error));
    }
    saveBlob(still, fileName(camera.name, stamp(reel?.shownMs ?? deck.at), 'jpg'));
    toasts.say(t('video.still.saved'));
  }
}

/** Marks one end of the clip; a mark on the wrong side takes the other one away. */
export function markClip(deck: Deck, end: 'from' | 'to'): void {
  const chosen = { ...deck.chosen, [end]: deck.at };
  const { from, to } = chosen;
  const crossed = from !== null && to !== null && to <= from;
  deck.chosen = crossed ? { from: null, to: null, [end]: deck.at } : chosen;
}

export function markAround(deck: Deck): void {
  const from = Math.max(deck.period.from, deck.at - AROUND_MS);
  deck.chosen = { from, to: Math.min(Date.now(), deck.at + AROUND_MS) };
}

/** What is marked whole; null until both ends are. */
export function chosenSpan(deck: Deck): Span | null {
  const { from, to } = deck.chosen;
  return from !== null && to !== null ? { from, to } : null;
}

/** One file a camera. */
export async function takeClips(deck: Deck): Promise<void> {
  const span = chosenSpan(deck);
  if (!span) return markAround(deck);
  toasts.say(t('video.clip.saved'));
  for (const { camera } of deck.slots) {
    try {
      const { play } = await (camera.clip ?? camera.ask)(span)();
      if (play === null) throw new Error('no film was granted');
      saveBlob(await clipOf(play, span), fileName(camera.name, stamp(span.from), 'mp4'));
    } catch (error) {
      toasts.bad(error instanceof ApiError ? sentence(error) : t('video.clip.failed', { name: camera.name }));
    }
    // Browsers drop the second of two files that come at once.
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_FILES_MS));
  }
}

/** The whole clip, so that a refusal is seen before a broken file is saved. Older nodes only have the film. */
async function clipOf(play: string, span: Span): Promise<Blob> {
  const query = { from: iso(span.from), to: iso(span.to) };
  for (const what of ['clip.mp4', 'play'] as const) {
    const response = await fetch(sibling(play, what, query));
    if (response.ok) return new Blob([await response.arrayBuffer()], { type: 'video/mp4' });
    if (response.status !== 404) break;
  }
  throw new Error('the node gave no clip');
}
