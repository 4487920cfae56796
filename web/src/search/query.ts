// What is asked of the core: the words as they were read, and the filters, which count where both speak. Pure.
import type { operations } from '@/api/schema';
import { cityStamp, fromCityStamp } from '@/design/format';
import { read, type Reading } from './grammar';

export type AlarmsQuery = NonNullable<operations['find_alarms']['parameters']['query']>;

/** Filters as the address holds them; '' asks for nothing. `from` and `to` are stamps of the city. */
export interface Filters {
  kind: string;
  class: string;
  colour: string;
  verdict: string;
  quiet: string;
  camera: string;
  area: string;
  from: string;
  to: string;
}
export const FILTERS = ['kind', 'class', 'colour', 'verdict', 'quiet', 'camera', 'area', 'from', 'to'] as const;
export const NO_FILTERS = Object.fromEntries(FILTERS.map((name) => [name, ''])) as unknown as Filters;

export function filtersOf(query: Record<string, string>): Filters {
  return Object.fromEntries(FILTERS.map((name) => [name, query[name] ?? ''])) as unknown as Filters;
}

export function isAsked(words: string, filters: Filters): boolean {
  return words.trim() !== '' || FILTERS.some((name) => filters[name] !== '');
}

/** Raises nothing: what is no number or stamp is not asked for. */
export function queryOf(words: string, filters: Filters, purpose: string, now: number): AlarmsQuery {
  const reading = read(words, now);
  const period = periodOf(reading, filters);
  const id = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
  const camera = id(filters.camera);
  const area = id(filters.area);
  const query: AlarmsQuery = { purpose: purpose.trim(), text: reading.rest.slice(0, 120) };
  if (filters.kind || reading.kinds.length) query.kind = pick(filters.kind, reading.kinds);
  if (filters.class || reading.classes.length) query.street_class = pick(filters.class, reading.classes);
  if (filters.colour || reading.colours.length) query.colour = pick(filters.colour, reading.colours);
  if (filters.verdict === 'none') query.unjudged = true;
  else if (filters.verdict) query.verdict = pick(filters.verdict, []);
  if (filters.quiet) query.quiet = filters.quiet === 'yes';
  if (camera) query.camera_id = [camera];
  if (area) query.area_id = area;
  if (period.from !== null) query.from = new Date(period.from).toISOString();
  if (period.to !== null) query.to = new Date(period.to).toISOString();
  return query;
}

const pick = <T extends string>(chosen: string, read: T[]): T[] => (chosen ? [chosen as T] : read);

function periodOf(reading: Reading, filters: Filters): { from: number | null; to: number | null } {
  const stamp = (text: string): number | null => {
    const at = text ? fromCityStamp(text) : NaN;
    return Number.isNaN(at) ? null : at;
  };
  return {
    from: stamp(filters.from) ?? reading.period?.from ?? null,
    to: stamp(filters.to) ?? reading.period?.to ?? null,
  };
}

/** The period that a search of one camera needs: the last day of what was asked, for a grant is for a day at most. */
export function searchedPeriod(words: string, filters: Filters, now: number): { from: number; to: number } {
  const asked = periodOf(read(words, now), filters);
  const to = Math.min(asked.to ?? now, now);
  return { from: Math.max(asked.from ?? 0, to - 86_400_000), to };
}

export const stampOf = (at: number): string => cityStamp(at).slice(0, 16);
