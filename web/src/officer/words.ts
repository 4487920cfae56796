// Words of the core's codes, as the officer reads them.
import { lang, maybe } from '@/i18n/index.svelte';
import { session } from '@/login/session.svelte';
import type { FieldTask } from './steps';

export function statusWord(status: string): string {
  return maybe(`officer.status.${status}`) ?? status.replaceAll('_', ' ');
}

export function categoryWord(task: Pick<FieldTask, 'category' | 'category_name'>): string {
  const known = session.city?.categories.find((category) => category.code === task.category);
  return lang.value === 'en' && known ? known.name_en : task.category_name;
}

/** Whom to call: the own agency's dispatchers, else the city's emergency number. */
export function dispatchNumber(): string {
  const agency = session.city?.agencies.find((one) => one.id === session.me?.agency_id);
  return agency?.phone || session.city?.emergency_number || '112';
}
