// Numbers, durations and stamps as people read them. Durations are in seconds.
import { lang, t } from '@/i18n/index.svelte';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** "45 d", "3 m 20 s", "1 j 05 m", "2 h 4 j": two units at most. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < MINUTE) return t('common.duration.s', { s });
  if (s < HOUR) return t('common.duration.ms', { m: Math.floor(s / MINUTE), s: pad(s % MINUTE) });
  if (s < DAY) {
    return t('common.duration.hm', { h: Math.floor(s / HOUR), m: pad(Math.floor((s % HOUR) / MINUTE)) });
  }
  return t('common.duration.dh', { d: Math.floor(s / DAY), h: Math.floor((s % DAY) / HOUR) });
}

/** Limits are round: "5 m", "2 j", "3 hari". */
export function limit(seconds: number): string {
  if (seconds < MINUTE) return t('common.duration.s', { s: Math.round(seconds) });
  if (seconds < HOUR) return t('common.duration.m', { m: Math.round(seconds / MINUTE) });
  if (seconds < DAY) return t('common.duration.h', { h: Math.round(seconds / HOUR) });
  return t('common.duration.d', { d: Math.round(seconds / DAY) });
}

export function metres(value: number): string {
  const kilometres = new Intl.NumberFormat(lang.locale, { maximumFractionDigits: 1 });
  return value < 1000 ? `${Math.round(value / 10) * 10} m` : `${kilometres.format(value / 1000)} km`;
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(lang.locale, { maximumFractionDigits: digits }).format(value);
}

export function percent(share: number, digits = 0): string {
  return new Intl.NumberFormat(lang.locale, { style: 'percent', maximumFractionDigits: digits }).format(share);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

let zone: string | undefined;

/** Stamps are shown in the city's zone, whatever the zone of this device. */
export function setCityZone(name: string | undefined): void {
  zone = name;
}

/** "14:03:20" in both languages: with dots it would read as a number. */
export function clockTime(iso: string | number | Date): string {
  return format(iso, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).replaceAll('.', ':');
}

export function shortStamp(iso: string | number | Date): string {
  const text = format(iso, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return text.replace(/(\d\d)\.(\d\d)$/, '$1:$2');
}

/** How far the city's clock is ahead of UTC at a moment, milliseconds. */
export function zoneOffsetMs(at: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return local - Math.floor(at / 1000) * 1000;
}

/** "2026-11-25T14:03:20" by the city's clock: what date fields take, and names of files. */
export function cityStamp(at: number): string {
  return new Date(at + zoneOffsetMs(at)).toISOString().slice(0, 19);
}

/** The moment of such a stamp, milliseconds; NaN for none. */
export function fromCityStamp(stamp: string): number {
  const local = Date.parse(`${stamp.length === 16 ? `${stamp}:00` : stamp}Z`);
  return Number.isNaN(local) ? NaN : local - zoneOffsetMs(local - zoneOffsetMs(local));
}

export function fullStamp(iso: string | number | Date): string {
  return format(iso, { dateStyle: 'full', timeStyle: 'long' });
}

function format(iso: string | number | Date, options: Intl.DateTimeFormatOptions): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '–';
  const place = zone === undefined ? {} : { timeZone: zone };
  return new Intl.DateTimeFormat(lang.locale, { ...options, ...place }).format(at);
}
