// What may go wrong between this page and the core, and the sentence for it.
import { maybe, t } from '@/i18n/index.svelte';
import type { Key } from '@/i18n/index.svelte';

export type Failure = 'offline' | 'timeout' | 'server' | 'unknown';

/** An answer of the core that is not a success, or no answer at all (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly detail: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** The same request may succeed later: keep it and try again. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const BY_STATUS: Record<number, Key> = {
  400: 'common.error.bad_request',
  401: 'common.error.not_logged_in',
  403: 'common.error.not_permitted',
  404: 'common.error.not_found',
  409: 'common.error.conflict',
  413: 'common.error.too_large',
  422: 'common.error.invalid',
  429: 'common.error.too_many',
};

/** The sentence a person reads for any error. */
export function sentence(error: unknown): string {
  if (!(error instanceof ApiError)) return t('common.error.unknown');
  const byCode = maybe(`common.error.${error.code}`);
  if (byCode) return byCode;
  // The core's own words, where it sent a sentence rather than a key.
  if (error.status < 500 && error.message.includes(' ')) return error.message;
  const byStatus = BY_STATUS[error.status];
  if (byStatus) return t(byStatus);
  return t(error.status >= 500 ? 'common.error.server' : 'common.error.unknown');
}

/** Reads the core's error body {code, message, detail}; anything else is told by its status. */
export async function errorOf(response: Response): Promise<ApiError> {
  let body: unknown = null;
  try {
    body = await response.clone().json();
  } catch {
    // Not JSON (a proxy's page): the status is all there is.
  }
  const given = isRecord(body) ? body : {};
  const code = typeof given['code'] === 'string' ? given['code'] : `http_${response.status}`;
  const message = typeof given['message'] === 'string' ? given['message'] : response.statusText;
  const detail = isRecord(given['detail']) ? given['detail'] : {};
  return new ApiError(code, response.status, message, detail);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
