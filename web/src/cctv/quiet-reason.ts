// Why a rule went quiet: a person's own words, or what its passport measured. Pure.
import { t } from '@/i18n/index.svelte';

const MEASURED = /^Benar (\d+) dari (\d+), paling banyak (\d+)%; ambang (\d+)%$/;

/** As it was written; what the core measured in the language chosen. */
export function quietReason(reason: string): string {
  const found = MEASURED.exec(reason);
  if (!found) return reason;
  const [, right, judged, most, floor] = found;
  return t('alarms.rule.quiet.measured', { right: right!, judged: judged!, most: most!, floor: floor! });
}
