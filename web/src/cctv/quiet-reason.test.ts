import { expect, it } from 'vitest';
import enAlarms from '@/i18n/en/alarms.json';
import idAlarms from '@/i18n/id/alarms.json';
import { lang, register } from '@/i18n/index.svelte';
import { quietReason } from './quiet-reason';

it("says in the reader's language what the core measured, and leaves what people wrote", () => {
  register('alarms', { id: idAlarms, en: enAlarms });
  const measured = 'Benar 2 dari 20, paling banyak 30%; ambang 50%';
  lang.set('en');
  expect(quietReason(measured)).toBe('right in 2 of 20 verdicts, at most 30 %; the floor is 50 %');
  expect(quietReason('Benar-benar salah')).toBe('Benar-benar salah');
  lang.set('id');
  expect(quietReason(measured)).toContain('benar 2 dari 20 penilaian');
});
