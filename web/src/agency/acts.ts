// What is done with a task. Each act names the version that the person saw: who comes second is told.
import { api, idempotencyKey, unwrap } from '@/api/client';
import { coreFetch } from '@/api/fetch';
import type { components } from '@/api/schema';
import { shrink } from '@/api/shrink';

export type Task = components['schemas']['TaskDetail'];

const params = (task: Task) => ({ params: { path: { task_id: task.id } } });

export const accept = (task: Task): Promise<Task> =>
  unwrap(api.POST('/api/v1/tasks/{task_id}/accept', { ...params(task), body: { version: task.version } }));

export const begin = (task: Task): Promise<Task> =>
  unwrap(api.POST('/api/v1/tasks/{task_id}/start', { ...params(task), body: { version: task.version } }));

export const giveBack = (task: Task, reason: string): Promise<Task> =>
  unwrap(api.POST('/api/v1/tasks/{task_id}/return', { ...params(task), body: { version: task.version, reason } }));

export const sendBack = (task: Task, reason: string): Promise<Task> =>
  unwrap(api.POST('/api/v1/tasks/{task_id}/send-back', { ...params(task), body: { version: task.version, reason } }));

export const reassign = (task: Task, agency: number, note: string): Promise<Task> =>
  unwrap(
    api.POST('/api/v1/tasks/{task_id}/reassign', {
      ...params(task),
      body: { version: task.version, agency_id: agency, note },
    }),
  );

export interface Proof {
  photo: File | null;
  reason: string;
  place: { lat: number; lon: number } | null;
}

export async function resolve(task: Task, proof: Proof): Promise<Task> {
  const form = new FormData();
  form.append('version', String(task.version));
  form.append('reason', proof.reason);
  if (proof.place) {
    form.append('lat', String(proof.place.lat));
    form.append('lon', String(proof.place.lon));
  }
  if (proof.photo) form.append('photo', await shrink(proof.photo), 'photo.jpg');
  const url = new URL(`/api/v1/tasks/${task.id}/resolve`, location.origin);
  const headers = { 'Idempotency-Key': idempotencyKey() };
  return (await coreFetch(new Request(url, { method: 'POST', body: form, headers }))).json() as Promise<Task>;
}
