// Entry of the staff pages: `/login`, `/tugas`, `/evaluasi`, `/area/:id`, `/nasional`. Pages.ts lists them.
import '@/design/base.css';
import { mount } from 'svelte';
import { register } from '@/i18n/index.svelte';
import enAgency from '@/i18n/en/agency.json';
import enCommon from '@/i18n/en/common.json';
import enInsight from '@/i18n/en/insight.json';
import enLogin from '@/i18n/en/login.json';
import idAgency from '@/i18n/id/agency.json';
import idCommon from '@/i18n/id/common.json';
import idInsight from '@/i18n/id/insight.json';
import idLogin from '@/i18n/id/login.json';
import { start } from '@/router/router.svelte';
import App from './App.svelte';

register('common', { id: idCommon, en: enCommon });
register('agency', { id: idAgency, en: enAgency });
register('insight', { id: idInsight, en: enInsight });
register('login', { id: idLogin, en: enLogin });
start(['/login', '/tugas', '/evaluasi', '/area', '/nasional']);
mount(App, { target: document.getElementById('app')! });
