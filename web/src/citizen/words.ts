// Words of the core's codes, as citizens read them.
import type { Tone } from '@/components/StatusChip.svelte';
import { lang, maybe } from '@/i18n/index.svelte';
import { town } from './town.svelte';

export function stateWord(state: string): string {
  return maybe(`citizen.state.${state}`) ?? state;
}

const TONES: Record<string, Tone> = {
  resolved: 'p3',
  confirmed: 'done',
  reopened: 'p2',
  rejected: 'neutral',
  duplicate: 'neutral',
};
export const stateTone = (state: string): Tone => TONES[state] ?? 'neutral';

interface Named {
  category_name_id: string;
  category_name_en: string;
}
export const categoryOf = (thing: Named): string =>
  lang.value === 'en' ? thing.category_name_en : thing.category_name_id;

export function categoryName(code: string): string {
  const found = town.info?.categories.find((category) => category.code === code);
  if (!found) return code.replaceAll('-', ' ');
  return lang.value === 'en' ? found.name_en : found.name_id;
}

/** "K7XM 2PQR 9TVA": in groups, as one reads it aloud. */
export const spaced = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1 ');
