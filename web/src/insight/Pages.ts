// The staff pages: path, permission, and the component, loaded when it is looked at.
import type { Component } from 'svelte';
import { match } from '@/router/router.svelte';

export interface StaffPage {
  paths: readonly string[];
  permission: string | null;
  wide: boolean;
  load: () => Promise<{ default: Component }>;
}

const PAGES: readonly StaffPage[] = [
  { paths: ['/login/akun'], permission: null, wide: false, load: () => import('@/login/AccountPage.svelte') },
  { paths: ['/tugas'], permission: 'tasks.view', wide: false, load: () => import('@/agency/TasksPage.svelte') },
  { paths: ['/tugas/:id'], permission: 'tasks.view', wide: false, load: () => import('@/agency/TaskPage.svelte') },
  { paths: ['/evaluasi'], permission: 'evaluation.view', wide: true, load: () => import('./EvaluationPage.svelte') },
  { paths: ['/area'], permission: 'areas.view', wide: true, load: () => import('./AreasPage.svelte') },
  { paths: ['/area/:id'], permission: 'areas.view', wide: false, load: () => import('./AreaPage.svelte') },
  { paths: ['/nasional'], permission: 'nation.view', wide: true, load: () => import('./NationPage.svelte') },
];

export function pageAt(path: string): StaffPage | null {
  return PAGES.find((page) => page.paths.some((pattern) => match(pattern, path))) ?? null;
}
