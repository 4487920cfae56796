// What an alarm's rule told, in a few words: "merah, 74 km/jam, masih berlangsung".
import type { components } from '@/api/schema';
import { word } from '@/console/words';
import { number } from '@/design/format';
import { t } from '@/i18n/index.svelte';

type Facts = Pick<
  components['schemas']['AlarmFacts'],
  'street_class' | 'colour' | 'count' | 'speed_kmh' | 'length_m' | 'change'
>;

/** The figures alone; empty where the rule told none. */
export function factWords(facts: Facts): string {
  const { count, speed_kmh: speed, length_m: length, change } = facts;
  const words = [
    change ? t(`alarms.change.${change}`) : '',
    speed == null ? '' : t('alarms.fact.speed', { n: number(speed) }),
    length == null ? '' : t('alarms.fact.length', { n: number(length) }),
    count == null ? '' : t('alarms.fact.count', { n: number(count) }),
  ];
  return words.filter(Boolean).join(', ');
}

/** Who or what it was: "Mobil merah"; a thing without class has only its colour. */
export function subjectWords(facts: Facts): string {
  const colour = facts.colour ? t(`alarms.colour.${facts.colour}`) : '';
  return [facts.street_class === 'unknown' ? '' : word('class', facts.street_class), colour].filter(Boolean).join(' ');
}
