// Where each role's work begins, and which pages a person may open.
import type { Me } from '@/api/types';
import type { Key } from '@/i18n/index.svelte';

export type Role = Me['role'];

const HOMES: Record<NonNullable<Role>, string> = {
  call_taker: '/console',
  operator: '/console',
  supervisor: '/console',
  agency_dispatcher: '/console',
  administrator: '/console',
  field_officer: '/petugas',
  agency_head: '/tugas',
  planner: '/evaluasi',
  national_supervisor: '/nasional',
};

interface Place {
  path: string;
  permission: string;
  label: Key;
}

/** The pages of staff, with the permission that opens them. */
export const PLACES: readonly Place[] = [
  { path: '/console', permission: 'console.view', label: 'login.nav.console' },
  { path: '/petugas', permission: 'units.respond', label: 'login.nav.field' },
  { path: '/tugas', permission: 'tasks.view', label: 'login.nav.tasks' },
  { path: '/evaluasi', permission: 'evaluation.view', label: 'login.nav.evaluation' },
  { path: '/area', permission: 'areas.view', label: 'login.nav.areas' },
  { path: '/nasional', permission: 'nation.view', label: 'login.nav.nation' },
];

export function homeOf(role: Role): string {
  // A superuser of the deployment has no role: the admin is all there is for them.
  return role ? HOMES[role] : '/admin/';
}

export function placesOf(me: Pick<Me, 'permissions'>): Place[] {
  return PLACES.filter((place) => place.permission in me.permissions);
}

/** Where to go after signing in: the address asked for, if it is ours and open to this person. */
export function destination(next: string | undefined, me: Pick<Me, 'role' | 'permissions'>): string {
  const home = homeOf(me.role);
  if (!next || !/^\/(?![/\\])/.test(next)) return home;
  const path = next.split(/[?#]/)[0]!;
  const place = PLACES.find((p) => path === p.path || path.startsWith(`${p.path}/`));
  if (place) return place.permission in me.permissions ? next : home;
  return path === '/login' || path === '/' ? home : next;
}
