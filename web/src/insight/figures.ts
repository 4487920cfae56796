// How figures are written: seconds as durations, shares as percentages, names of the core in words.
import type { components } from '@/api/schema';
import { duration, number, percent } from '@/design/format';
import { maybe, t } from '@/i18n/index.svelte';

export type Measure = components['schemas']['Measure'];
export type Figure = components['schemas']['Figure'];
export type Unit = components['schemas']['Unit'];
export type Cell = string | number | null;

export function written(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return unit === 'count' ? '0' : '–';
  if (unit === 's') return duration(value);
  if (unit === 'share') return percent(value, value > 0.99 && value < 1 ? 2 : 1);
  return number(value, unit === 'per_hour' ? 1 : 0);
}

export const figureWord = (key: string): string => maybe(`insight.figure.${key}`) ?? word(key);

/** The word for a class, a source or a state; the code itself, readable, where none is known. */
export function word(code: string): string {
  return maybe(`insight.word.${code}`) ?? code.replaceAll('_', ' ');
}

const SECONDS = new Set(['p50', 'p90', 'p95', 'service_s', 'silent_s', 'longest_s', 'handling_p50_s']);
const SHARES = new Set(['share', 'available']);
const CODES = new Set(['class', 'source']);
const NAMES = new Set(['area', 'agency', 'camera', ...CODES]);

export const isName = (column: string): boolean => NAMES.has(column);

export function cellText(column: string, value: Cell): string {
  if (value === null) return '–';
  if (typeof value === 'string') {
    if (value === '*') return t('insight.whole');
    if (value === '') return t('insight.nowhere');
    return CODES.has(column) ? word(value) : value;
  }
  if (SECONDS.has(column)) return duration(value);
  if (SHARES.has(column)) return percent(value, 1);
  return number(value);
}

/** The answer's figures by key, written. */
export function writtenFigures(measure: Measure): Record<string, string> {
  return Object.fromEntries(measure.figures.map((figure) => [figure.key, written(figure.value, figure.unit)]));
}

/** The figure whose uncertainty is told: the first that has bounds. */
export const boundedFigure = (measure: Measure): Figure | null =>
  measure.figures.find((figure) => figure.low !== null && figure.low !== undefined) ?? null;

/** True where the main figure could not be counted. */
export const isEmpty = (measure: Measure): boolean =>
  measure.figures[0]?.value === null || measure.figures[0]?.value === undefined;
