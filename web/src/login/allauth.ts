// django-allauth's headless API: its answers are not those of the core's own API, so it is asked here.
import { ApiError } from '@/api/errors';
import { csrfToken } from '@/api/fetch';
import { lang } from '@/i18n/index.svelte';

const ROOT = '/_allauth/browser/v1';
const LIMIT_MS = 15_000;

export interface Answer<D = unknown> {
  status: number;
  data?: D;
  meta?: Record<string, unknown>;
  errors?: { code: string; message: string; param?: string }[];
}

export interface Flow {
  id: string;
  is_pending?: boolean;
}

/** Any status is an answer here; throws ApiError only where none came. */
export async function ask<D = unknown>(method: string, path: string, body?: unknown): Promise<Answer<D>> {
  if (method !== 'GET' && !csrfToken()) await reach('GET', '/api/v1/csrf');
  let response = await reach(method, ROOT + path, body);
  if (response.status === 403 && !isJson(response)) {
    // The token was of an older session (another tab signed in or out): take the new one, once.
    await reach('GET', '/api/v1/csrf');
    response = await reach(method, ROOT + path, body);
  }
  if (!isJson(response)) throw new ApiError(`http_${response.status}`, response.status, response.statusText);
  return (await response.json()) as Answer<D>;
}

/** What the login waits for next: nothing more, the second factor, or it was refused. */
export function nextStep(answer: Answer): 'in' | 'factor' | 'refused' {
  if (answer.status === 200) return 'in';
  const flows = (answer.data as { flows?: Flow[] } | undefined)?.flows ?? [];
  return flows.some((flow) => flow.id === 'mfa_authenticate' && flow.is_pending) ? 'factor' : 'refused';
}

/** True where the core wants the password once more before it changes the account's security. */
export function wantsReauthentication(answer: Answer): boolean {
  const flows = (answer.data as { flows?: Flow[] } | undefined)?.flows ?? [];
  return answer.status === 401 && flows.some((flow) => flow.id === 'reauthenticate');
}

export function isThrottled(answer: Answer): boolean {
  return answer.status === 429 || (answer.errors ?? []).some((e) => e.code.includes('too_many') || e.code === 'rate_limited');
}

export async function logOut(): Promise<void> {
  await ask('DELETE', '/auth/session');
  try {
    // The task kept for a page without a link belongs to the one who leaves.
    localStorage.removeItem('sigap.field');
  } catch {
    // Storage is closed: then nothing was kept.
  }
}

async function reach(method: string, path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: {
        Accept: 'application/json',
        'Accept-Language': lang.value,
        ...(method === 'GET' ? {} : { 'X-CSRFToken': csrfToken() }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new ApiError('offline', 0, 'The core cannot be reached');
  }
}

function isJson(response: Response): boolean {
  return response.headers.get('Content-Type')?.includes('json') ?? false;
}
