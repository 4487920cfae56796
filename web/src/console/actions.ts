// What an operator does. Each writes, says so, and offers to undo where that is possible.
// A conflict ("someone else was first") is told in words; the stream brings the newest state by itself.
import { api, unwrap } from '@/api/client';
import { sentence } from '@/api/errors';
import { uploadPhoto } from '@/api/files';
import type { components } from '@/api/schema';
import type { Assignment, AssignmentRow, IncidentRow, SignalRow, UnitRow } from '@/api/types';
import { toasts } from '@/components/toasts.svelte';
import { t } from '@/i18n/index.svelte';
import { selection } from './selection.svelte';
import { word } from './words';

type Schemas = components['schemas'];
export type DismissReason = Schemas['DismissReason'];
export type Disposition = Schemas['Disposition'];
export type CallIn = Schemas['CallIn'];
export type AssignmentAction = Schemas['AssignmentAction'];

/** Runs an act; a refusal is shown and gives null. */
export async function attempt<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    toasts.bad(sentence(error));
    return null;
  }
}

const path = (id: number) => ({ params: { path: { signal_id: id } } });
const incidentPath = (id: number) => ({ params: { path: { incident_id: id } } });

export async function acknowledge(signal: SignalRow): Promise<void> {
  const body = { version: signal.version };
  await attempt(() => unwrap(api.POST('/api/v1/signals/{signal_id}/acknowledge', { ...path(signal.id), body })));
}

export async function dismiss(signal: SignalRow, reason: DismissReason, note: string): Promise<boolean> {
  const body = { version: signal.version, reason, note };
  const done = await attempt(() =>
    unwrap(api.POST('/api/v1/signals/{signal_id}/dismiss', { ...path(signal.id), body })),
  );
  if (!done) return false;
  toasts.say(t('console.done.dismissed', { number: signal.number }), { undo: () => void restore(done) });
  return true;
}

export async function restore(signal: SignalRow): Promise<void> {
  const body = { version: signal.version };
  const back = await attempt(() =>
    unwrap(api.POST('/api/v1/signals/{signal_id}/restore', { ...path(signal.id), body })),
  );
  if (back) selection.select({ kind: 'signal', id: back.id });
}

/** Makes an incident of a signal and selects it: its units are ranked at once. */
export async function promote(
  signal: SignalRow,
  corrections: Partial<Schemas['PromoteIn']> = {},
): Promise<IncidentRow | null> {
  const body = { ...corrections, version: signal.version };
  const made = await attempt(() =>
    unwrap(api.POST('/api/v1/signals/{signal_id}/promote', { ...path(signal.id), body })),
  );
  if (made) {
    toasts.say(t('console.done.promoted', { number: made.number }));
    selection.select({ kind: 'incident', id: made.id });
  }
  return made;
}

export async function link(signal: SignalRow, incident: IncidentRow): Promise<boolean> {
  const body = { version: signal.version, incident_id: incident.id };
  const done = await attempt(() => unwrap(api.POST('/api/v1/signals/{signal_id}/link', { ...path(signal.id), body })));
  if (!done) return false;
  toasts.say(t('console.done.linked', { signal: signal.number, incident: incident.number }), {
    undo: () =>
      void attempt(() =>
        unwrap(api.POST('/api/v1/signals/{signal_id}/unlink', { ...path(done.id), body: { version: done.version } })),
      ),
  });
  selection.select({ kind: 'incident', id: incident.id });
  return true;
}

export async function note(incidentId: number, text: string, photo: Blob | null): Promise<boolean> {
  const done = await attempt(async () => {
    const body = { text, photo: photo ? await uploadPhoto(photo) : null };
    await unwrap(api.POST('/api/v1/incidents/{incident_id}/notes', { ...incidentPath(incidentId), body }));
    return true;
  });
  return done === true;
}

export async function close(
  incident: IncidentRow,
  ending: { disposition: Disposition; note: string; photo: Blob | null },
): Promise<boolean> {
  const done = await attempt(async () => {
    const photo = ending.photo ? await uploadPhoto(ending.photo) : null;
    const body = { version: incident.version, disposition: ending.disposition, note: ending.note, photo };
    return unwrap(api.POST('/api/v1/incidents/{incident_id}/close', { ...incidentPath(incident.id), body }));
  });
  if (done) toasts.say(t('console.done.closed', { number: done.number }));
  return done !== null;
}

export async function reopen(incident: IncidentRow, reason: string): Promise<boolean> {
  const body = { version: incident.version, reason };
  const done = await attempt(() =>
    unwrap(api.POST('/api/v1/incidents/{incident_id}/reopen', { ...incidentPath(incident.id), body })),
  );
  return done !== null;
}

export async function edit(incident: IncidentRow, changes: Partial<Schemas['EditIn']>): Promise<boolean> {
  const body = { ...changes, version: incident.version };
  const done = await attempt(() =>
    unwrap(api.PATCH('/api/v1/incidents/{incident_id}', { ...incidentPath(incident.id), body })),
  );
  return done !== null;
}

/** Sets a unit's status for its crew. */
export async function setStatus(unit: UnitRow, status: UnitRow['status']): Promise<void> {
  const params = { path: { unit_id: unit.id } };
  const body = { status, version: unit.version };
  await attempt(() => unwrap(api.PATCH('/api/v1/units/{unit_id}/status', { params, body })));
}

export async function forward(incidentId: number): Promise<boolean> {
  const done = await attempt(() =>
    unwrap(api.POST('/api/v1/incidents/{incident_id}/tasks', { ...incidentPath(incidentId), body: { note: '' } })),
  );
  if (done) toasts.say(t('console.done.forwarded', { agency: done.agency_name }));
  return done !== null;
}

export async function saveCall(call: CallIn) {
  return attempt(() => unwrap(api.POST('/api/v1/calls', { body: call })));
}

export const earlierCalls = (number: string) => unwrap(api.POST('/api/v1/calls/earlier', { body: { number } }));

export async function send(incidentId: number, unit: UnitRow): Promise<Assignment | null> {
  const body = { unit_id: unit.id, dangers: '' };
  const made = await attempt(() =>
    unwrap(api.POST('/api/v1/incidents/{incident_id}/assignments', { ...incidentPath(incidentId), body })),
  );
  if (made) {
    const cancel = (): void => void step(made.row, 'cancel', t('console.undo.reason'));
    toasts.say(t('console.done.sent', { unit: unit.call_sign }), { undo: cancel });
  }
  return made;
}

/** A step recorded for a unit: what its crew said by radio. `reason` for those that need one. */
export async function step(row: AssignmentRow, action: AssignmentAction, reason = ''): Promise<Assignment | null> {
  const params = { params: { path: { assignment_id: row.id } } };
  const body = { version: row.version };
  const take: Record<AssignmentAction, () => Promise<Assignment>> = {
    accept: () => unwrap(api.POST('/api/v1/assignments/{assignment_id}/accept', { ...params, body })),
    depart: () => unwrap(api.POST('/api/v1/assignments/{assignment_id}/depart', { ...params, body })),
    arrive: () => unwrap(api.POST('/api/v1/assignments/{assignment_id}/arrive', { ...params, body })),
    clear: () =>
      unwrap(api.POST('/api/v1/assignments/{assignment_id}/clear', { ...params, body: { ...body, note: reason } })),
    cancel: () =>
      unwrap(api.POST('/api/v1/assignments/{assignment_id}/cancel', { ...params, body: { ...body, reason } })),
    decline: () =>
      unwrap(api.POST('/api/v1/assignments/{assignment_id}/decline', { ...params, body: { ...body, reason } })),
  };
  const done = await attempt(take[action]);
  if (done && action !== 'cancel' && action !== 'decline') {
    toasts.say(t('console.done.step', { unit: row.call_sign, state: word('assignment_state', done.row.state) }), {
      undo: () =>
        void attempt(() =>
          unwrap(
            api.POST('/api/v1/assignments/{assignment_id}/undo', { ...params, body: { version: done.row.version } }),
          ),
        ),
    });
  }
  return done;
}
