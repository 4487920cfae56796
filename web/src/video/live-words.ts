// What a live tile says about its picture, in words: never a frozen picture without its age.
import { clockTime } from '@/design/format';
import { t } from '@/i18n/index.svelte';
import type { LiveStatus } from './live';

const CODEC_NAMES: readonly [prefix: string, name: string][] = [
  ['hvc1', 'H.265 (HEVC)'],
  ['hev1', 'H.265 (HEVC)'],
  ['avc1', 'H.264'],
  ['vp09', 'VP9'],
  ['av01', 'AV1'],
];

/** A codec as its owner knows it from the camera's box. */
export function codecName(codec: string): string {
  return CODEC_NAMES.find(([prefix]) => codec.startsWith(prefix))?.[1] ?? codec;
}

/** Null while the picture is live: then there is nothing to explain. */
export function liveWords(status: LiveStatus | null, stillEveryS: number): string | null {
  switch (status?.phase) {
    case 'playing':
      return null;
    case 'stalled':
      return since(status) ?? t('video.silent');
    case 'reconnecting':
      return since(status) ?? t('video.reconnecting');
    case 'resting':
      return t('video.resting');
    case 'denied':
      return t('video.denied');
    case 'ended':
      return t('video.ended');
    case 'off':
      return t('video.off');
    case 'still':
      return status.head
        ? t('video.unsupported', { codec: codecName(status.head.codec) })
        : t('video.stills', { s: stillEveryS });
    default:
      return t('video.connecting');
  }
}

function since(status: LiveStatus): string | null {
  return status.pictureAt === null ? null : t('video.none_since', { at: clockTime(status.pictureAt) });
}
