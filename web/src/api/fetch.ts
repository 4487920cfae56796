// The one way to the core: CSRF header, language, time limit, and a second try for harmless reads.
import { setServerTime } from '@/design/now.svelte';
import { lang } from '@/i18n/index.svelte';
import { ApiError, errorOf } from './errors';

const READ_LIMIT_MS = 12_000;
const WRITE_LIMIT_MS = 30_000;
const RETRY_WAITS_MS = [300, 900];
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const PASSING = new Set([502, 503, 504]);

/** As fetch, but throws ApiError for every answer that is not a success. */
export async function coreFetch(input: Request): Promise<Response> {
  const safe = SAFE.has(input.method);
  const headers = new Headers(input.headers);
  headers.set('Accept-Language', lang.value);
  if (!safe) headers.set('X-CSRFToken', csrfToken());
  const waits = safe ? RETRY_WAITS_MS : [];
  for (let attempt = 0; ; attempt++) {
    const last = attempt >= waits.length;
    try {
      const response = await once(input.clone(), headers, safe ? READ_LIMIT_MS : WRITE_LIMIT_MS);
      if (response.ok) return response;
      const error = await errorOf(response);
      if (error.status === 401) dispatchEvent(new CustomEvent('sigap:logged-out'));
      if (last || !PASSING.has(error.status)) throw error;
    } catch (error) {
      if (input.signal.aborted || last || !(error instanceof ApiError) || error.status !== 0) throw error;
    }
    await new Promise((done) => setTimeout(done, waits[attempt]));
  }
}

async function once(request: Request, headers: Headers, limitMs: number): Promise<Response> {
  const timeout = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(request, {
      headers,
      credentials: 'same-origin',
      signal: AbortSignal.any([request.signal, timeout]),
    });
    const date = response.headers.get('Date');
    if (date) setServerTime(Date.parse(date));
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (timeout.aborted) throw new ApiError('timeout', 0, 'The core did not answer in time');
    throw new ApiError('offline', 0, 'The core cannot be reached');
  }
}

/** Django's token from its cookie; empty before the first page that sets it. */
export function csrfToken(cookies: string = document.cookie): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies)?.[1] ?? '';
}
