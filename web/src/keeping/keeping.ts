// How long recordings are kept: hours of the core as days that people write, and back. Pure.
import type { components } from '@/api/schema';
import { lang, t } from '@/i18n/index.svelte';

type Schemas = components['schemas'];
export type Policy = Schemas['Policy'];
export type PolicyReach = Schemas['PolicyReach'];
export type NodeDisk = Schemas['NodeDisk'];
export type Keeping = Schemas['Keeping'];
export type Consequence = Schemas['Consequence'];
export type Purpose = Policy['purpose'];

const DAY_H = 24;
/** As the core has it. */
export const MOST_DAYS = 3660;
const DIGITS = 2;

/** "7", "0,5": what stands in the field. */
export function daysText(hours: number): string {
  const days = Math.round((hours / DAY_H) * 10 ** DIGITS) / 10 ** DIGITS;
  return lang.value === 'id' ? String(days).replace('.', ',') : String(days);
}

/** Whole hours of what was written; null for what is no length within the limits. */
export function hoursOf(text: string): number | null {
  const written = text.trim().replace(',', '.');
  if (!/^\d{1,5}(\.\d{1,4})?$/.test(written)) return null;
  const hours = Math.round(Number(written) * DAY_H);
  return hours >= 1 && hours <= MOST_DAYS * DAY_H ? hours : null;
}

/** "7 hari", "12 jam", "1,5 hari". */
export function length(hours: number): string {
  if (hours < DAY_H) return t('keeping.hours', { n: hours });
  return t('keeping.days', { n: daysText(hours) });
}

export interface Decision {
  days: string;
  alarmDays: string;
  basis: string;
}
export interface Hours {
  retention_h: number;
  alarm_retention_h: number;
}
export type Trouble = 'days' | 'alarm_days';

export function decisionOf(policy: Policy): Decision {
  return {
    days: daysText(policy.retention_h),
    alarmDays: daysText(policy.alarm_retention_h),
    basis: policy.legal_basis,
  };
}

/** The hours that were written, or what is wrong with them. */
export function read(decision: Decision): Hours | Trouble {
  const retention_h = hoursOf(decision.days);
  if (retention_h === null) return 'days';
  const alarm_retention_h = hoursOf(decision.alarmDays);
  return alarm_retention_h === null || alarm_retention_h < retention_h
    ? 'alarm_days'
    : { retention_h, alarm_retention_h };
}

/** A disk that will not hold what is promised: it would delete the oldest before their time. */
export function isTight(disk: NodeDisk): boolean {
  return disk.disk_total_bytes > 0 && disk.needed_bytes > disk.room_bytes;
}
