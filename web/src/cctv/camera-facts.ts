// What a camera delivers and what should be changed at it. Pure.
import type { CameraDetail } from '@/api/types';
import { duration, number } from '@/design/format';
import { fileSize } from '@/evidence/wanted';
import { lang, t } from '@/i18n/index.svelte';

/** Farther apart, a quiet camera's alarm comes late: the node looks at its key frames only. */
const FAR_KEYS_S = 4;
const WRONG_CLOCK_S = 5;

export interface Fact {
  label: string;
  text: string;
}

/** Nothing for what is not known. */
export function facts(detail: CameraDetail): Fact[] {
  const { camera } = detail;
  const found: (Fact | null)[] = [
    camera.width ? { label: t('setup.facts.picture'), text: picture(detail) } : null,
    detail.key_interval_s ? { label: t('setup.facts.keys'), text: seconds(detail.key_interval_s) } : null,
    { label: t('setup.facts.sound'), text: detail.audio_codec || t('setup.facts.no_sound') },
    detail.recorded_bytes ? { label: t('setup.facts.kept'), text: fileSize(detail.recorded_bytes, lang.locale) } : null,
    { label: t('setup.facts.analysis'), text: analysis(detail) },
  ];
  return found.filter((fact) => fact !== null);
}

/** Sentences that say what is wrong and what to do about it, most urgent first. */
export function advice(detail: CameraDetail): string[] {
  const skew = detail.clock_skew_s ?? 0;
  const found = [
    problem(detail.analysis_state),
    detail.key_interval_s > FAR_KEYS_S && !detail.critical
      ? t('setup.advice.keys', { s: seconds(detail.key_interval_s) })
      : '',
    Math.abs(skew) > WRONG_CLOCK_S
      ? t(skew > 0 ? 'setup.advice.clock.ahead' : 'setup.advice.clock.behind', { length: duration(Math.abs(skew)) })
      : '',
  ];
  return found.filter((sentence) => sentence !== '');
}

function picture({ camera, codec }: CameraDetail): string {
  const name = codec.startsWith('avc') ? 'H.264' : codec.startsWith('hvc') ? 'H.265' : codec;
  return `${camera.width}×${camera.height} · ${t('console.camera.fps', { fps: number(camera.fps) })} · ${name}`;
}

function seconds(length_s: number): string {
  return `${number(length_s, length_s < 10 ? 1 : 0)} ${t('setup.facts.seconds')}`;
}

function analysis(detail: CameraDetail): string {
  const states: Record<string, string> = {
    on: t(`setup.facts.level.${detail.decode_level}`),
    starting: t('setup.facts.analysis.starting'),
    overloaded: t('setup.facts.analysis.overloaded', { n: number(detail.analysis_dropped) }),
    'no model': t('setup.facts.analysis.no_model'),
    failed: t('setup.facts.analysis.failed'),
  };
  return states[detail.analysis_state] ?? t('setup.facts.analysis.off');
}

function problem(state: string): string {
  if (state === 'overloaded') return t('setup.advice.overloaded');
  if (state === 'no model') return t('setup.advice.no_model');
  return state === 'failed' ? t('setup.advice.failed') : '';
}
