// Entry of the citizen's pages: `/`, `/lapor`, `/ikuti/:code`.
import '@/design/base.css';
import { keepPages } from '@/api/keep';
import { mount } from 'svelte';
import { lang, register } from '@/i18n/index.svelte';
import idCitizen from '@/i18n/id/citizen.json';
import idCommon from '@/i18n/id/common.json';
import { start } from '@/router/router.svelte';
import App from './App.svelte';

const ENGLISH_LATER_MS = 1500;

/** The first load carries Indonesian only; English comes before the page where it is chosen, else after. */
async function english(): Promise<void> {
  const [common, citizen] = await Promise.all([import('@/i18n/en/common.json'), import('@/i18n/en/citizen.json')]);
  register('common', { id: idCommon, en: common.default });
  register('citizen', { id: idCitizen, en: citizen.default });
}

async function open(): Promise<void> {
  register('common', { id: idCommon, en: idCommon });
  register('citizen', { id: idCitizen, en: idCitizen });
  if (lang.value === 'en') await english().catch(() => undefined);
  else setTimeout(() => void english().catch(() => undefined), ENGLISH_LATER_MS);
  start(['/', '/lapor', '/ikuti']);
  mount(App, { target: document.getElementById('app')! });
}

keepPages('/');
void open();
