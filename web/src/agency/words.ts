// Words and tones of tasks.
import type { Tone } from '@/components/StatusChip.svelte';
import type { TaskRow } from '@/api/types';
import { lang, maybe } from '@/i18n/index.svelte';
import { session } from '@/login/session.svelte';

export function stateWord(state: string): string {
  return maybe(`agency.state.${state}`) ?? state.replaceAll('_', ' ');
}

const TONES: Record<string, Tone> = {
  forwarded: 'p3',
  reopened: 'p2',
  returned: 'p2',
  resolved: 'done',
  confirmed: 'done',
};
export const stateTone = (state: string): Tone => TONES[state] ?? 'neutral';

export function categoryWord(code: string): string {
  const found = session.city?.categories.find((category) => category.code === code);
  if (!found) return code.replaceAll('-', ' ');
  return lang.value === 'en' ? found.name_en : found.name_id;
}

export const areaWord = (row: Pick<TaskRow, 'area_id'>): string =>
  session.city?.areas.find((area) => area.id === row.area_id)?.name ?? '';

export const placeWord = (row: Pick<TaskRow, 'area_id' | 'place_text'>): string =>
  [row.place_text, areaWord(row)].filter(Boolean).join(', ');

/** The clock of a task runs until somebody said that it is done. */
export const running = (state: string): boolean =>
  ['forwarded', 'accepted', 'in_progress', 'reopened'].includes(state);
