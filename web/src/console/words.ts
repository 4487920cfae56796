// Words and tones for the codes of the core, as the console shows them.
import { lang, maybe, t } from '@/i18n/index.svelte';
import type { Tone } from '@/components/StatusChip.svelte';
import type { MapUnit } from '@/map/types';
import { session } from './session.svelte';
import type { Category, UnitRow } from '@/api/types';

/** The word for a code of the core; the code itself, readable, where no word is known yet. */
export function word(group: string, code: string): string {
  return maybe(`console.${group}.${code}`) ?? code.replaceAll('_', ' ');
}

export function categoryName(category: Category): string {
  return lang.value === 'en' ? category.name_en : category.name_id;
}

/** A title in the reader's language where it is only the category's name, as it was given otherwise. */
export function titleOf(row: { title: string; category: string | null; category_name: string }): string {
  if (row.title !== '' && row.title !== row.category_name) return row.title;
  const category = session.city.categories.find(({ code }) => code === row.category);
  return category ? categoryName(category) : row.category_name;
}

const UNIT_TONES: Record<string, MapUnit['tone']> = {
  available: 'free',
  returning: 'free',
  assigned: 'moving',
  en_route: 'moving',
  on_scene: 'busy',
  transporting: 'busy',
  at_hospital: 'busy',
};
const CHIP_TONES: Record<MapUnit['tone'], Tone> = { free: 'done', moving: 'p3', busy: 'p2', off: 'neutral' };

export const unitTone = (status: string): MapUnit['tone'] => UNIT_TONES[status] ?? 'off';
export const unitChip = (unit: UnitRow): Tone => CHIP_TONES[unitTone(unit.status)];

export const cameraTone = (state: string): Tone => (state === 'up' ? 'done' : state === 'disabled' ? 'neutral' : 'p1');

/** Where something is, in the words at hand: the place, the area, or that neither is known. */
export function placeWords(row: { place_text: string; area_name: string }): string {
  return [row.place_text, row.area_name].filter(Boolean).join(', ') || t('console.place.unknown');
}
