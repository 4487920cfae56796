// The typed client of the core's API; types come from the core's OpenAPI (`npm run api`).
import createClient from 'openapi-fetch';
import { ApiError } from './errors';
import { coreFetch } from './fetch';
import type { paths } from './schema';

export const api = createClient<paths>({ baseUrl: '', fetch: coreFetch });

/** The data of an answer; errors were thrown already by coreFetch as ApiError. */
export async function unwrap<D>(answer: Promise<{ data?: D; response: Response }>): Promise<D> {
  const { data, response } = await answer;
  if (data === undefined && response.status !== 204) {
    throw new ApiError('empty_answer', response.status, 'The core sent no data');
  }
  return data as D;
}

/** A key that makes a repeated write count once; sent as the header Idempotency-Key. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}
