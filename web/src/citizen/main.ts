// Entry of the citizen's pages: `/`, `/lapor`, `/ikuti/:code`.
import '@/design/base.css';
import { mount } from 'svelte';
import { register } from '@/i18n/index.svelte';
import enCitizen from '@/i18n/en/citizen.json';
import enCommon from '@/i18n/en/common.json';
import idCitizen from '@/i18n/id/citizen.json';
import idCommon from '@/i18n/id/common.json';
import { start } from '@/router/router.svelte';
import App from './App.svelte';

register('common', { id: idCommon, en: enCommon });
register('citizen', { id: idCitizen, en: enCitizen });
start(['/', '/lapor', '/ikuti']);
mount(App, { target: document.getElementById('app')! });
