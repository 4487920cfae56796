// The 112 call form as data: what is asked, what is missing, what is sent. Pure.
import type { components } from '@/api/schema';
import type { Category } from '@/api/types';
import type { Key } from '@/i18n/index.svelte';
import type { LonLat } from '@/map/types';

type CallClass = components['schemas']['CallClass'];

export interface CallDraft {
  callClass: CallClass;
  place: LonLat | null;
  placeText: string;
  category: string | null;
  categoryText: string;
  priority: string;
  priorityTouched: boolean;
  number: string;
  notes: string;
}

export const CLASSES: readonly { value: CallClass; key: string }[] = [
  { value: 'normal', key: 'n' },
  { value: 'ghost', key: 's' },
  { value: 'prank', key: 'p' },
  { value: 'information', key: 'i' },
];
const NUMBER = /^\+?[0-9 ()-]{0,22}$/;

export function blankCall(): CallDraft {
  return {
    callClass: 'normal',
    place: null,
    placeText: '',
    category: null,
    categoryText: '',
    priority: '',
    priorityTouched: false,
    number: '',
    notes: '',
  };
}

/** What keeps the form from being saved, by field. A place may be words alone: callers name a landmark. */
export function problems(draft: CallDraft): { place?: Key; category?: Key; number?: Key } {
  const found: { place?: Key; category?: Key; number?: Key } = {};
  if (!NUMBER.test(draft.number.trim())) found.number = 'console.call.number.bad';
  if (draft.callClass !== 'normal') return found;
  if (draft.category === null) found.category = 'console.call.what.missing';
  if (!draft.place && draft.placeText.trim() === '') found.place = 'console.call.place.missing';
  return found;
}

export function toCall(draft: CallDraft, answeredAt: string): components['schemas']['CallIn'] {
  const normal = draft.callClass === 'normal';
  return {
    call_class: draft.callClass,
    answered_at: answeredAt,
    caller_number: draft.number.trim(),
    category: normal ? draft.category : null,
    priority: normal && draft.priority ? Number(draft.priority) : null,
    place: normal && draft.place ? { lat: draft.place.lat, lon: draft.place.lon } : null,
    place_text: normal ? draft.placeText.trim() : '',
    notes: draft.notes.trim(),
  };
}

/** Categories whose name in either language has a word that begins so; emergencies first. */
export function matchCategories(categories: readonly Category[], text: string): Category[] {
  const wanted = text.trim().toLowerCase();
  const fits = (name: string): boolean =>
    name.toLowerCase().startsWith(wanted) ||
    name
      .toLowerCase()
      .split(/\s+/)
      .some((w) => w.startsWith(wanted));
  return categories
    .filter((category) => fits(category.name_id) || fits(category.name_en))
    .sort((a, b) => Number(b.emergency) - Number(a.emergency) || a.priority - b.priority);
}
