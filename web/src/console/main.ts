// Entry of the operator's console: `/console` and its windows.
import '@/design/base.css';
import { mount } from 'svelte';
import { register } from '@/i18n/index.svelte';
import enAlarms from '@/i18n/en/alarms.json';
import enCommon from '@/i18n/en/common.json';
import enConsole from '@/i18n/en/console.json';
import enEvidence from '@/i18n/en/evidence.json';
import enSetup from '@/i18n/en/setup.json';
import enVideo from '@/i18n/en/video.json';
import idAlarms from '@/i18n/id/alarms.json';
import idCommon from '@/i18n/id/common.json';
import idConsole from '@/i18n/id/console.json';
import idEvidence from '@/i18n/id/evidence.json';
import idSetup from '@/i18n/id/setup.json';
import idVideo from '@/i18n/id/video.json';
import { start } from '@/router/router.svelte';
import App from './App.svelte';

register('common', { id: idCommon, en: enCommon });
register('alarms', { id: idAlarms, en: enAlarms });
register('console', { id: idConsole, en: enConsole });
register('evidence', { id: idEvidence, en: enEvidence });
register('setup', { id: idSetup, en: enSetup });
register('video', { id: idVideo, en: enVideo });
start(['/console']);
mount(App, { target: document.getElementById('app')! });
