// The report while it is written: one draft, kept while the page is open, whichever step is shown.
import type { Part } from '@/api/outbox';
import type { Place } from '../here';

export interface Draft {
  photo: File | null;
  place: Place | null;
  placeText: string;
  areaName: string;
  category: string;
  text: string;
  name: string;
  phone: string;
}

const EMPTY: Draft = { photo: null, place: null, placeText: '', areaName: '', category: '', text: '', name: '', phone: '' };

export const draft = $state<Draft>({ ...EMPTY });

export function clearDraft(): void {
  Object.assign(draft, EMPTY);
}

/** The draft as the form that the core takes; `photo` is made small already. */
export function partsOf(report: Draft, photo: Blob | null): Part[] {
  const place = report.place ?? { lat: 0, lon: 0 };
  const fields: [string, string][] = [
    ['lat', String(place.lat)],
    ['lon', String(place.lon)],
    ['category', report.category],
    ['text', report.text.trim()],
    ['place_text', report.placeText.trim()],
    ['name', report.name.trim()],
    ['phone', report.phone.trim()],
  ];
  const parts: Part[] = fields.filter(([, value]) => value !== '');
  return photo ? [...parts, ['photo', photo, 'photo.jpg']] : parts;
}
