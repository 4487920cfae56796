// Entry of the field officer's page: `/petugas`.
import '@/design/base.css';
import { keepPages } from '@/api/keep';
import { mount } from 'svelte';
import { register } from '@/i18n/index.svelte';
import enOfficer from '@/i18n/en/officer.json';
import enCommon from '@/i18n/en/common.json';
import idOfficer from '@/i18n/id/officer.json';
import idCommon from '@/i18n/id/common.json';
import { start } from '@/router/router.svelte';
import App from './App.svelte';

register('common', { id: idCommon, en: enCommon });
register('officer', { id: idOfficer, en: enOfficer });
start(['/petugas']);
mount(App, { target: document.getElementById('app')! });
keepPages('/petugas');
