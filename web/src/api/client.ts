// The typed client of the core's API; types come from the core's OpenAPI (`npm run api`).
import createClient from 'openapi-fetch';
import { coreFetch } from './fetch';
import type { paths } from './schema';

export const api = createClient<paths>({ baseUrl: '', fetch: coreFetch });

/** The data of an answer (none where the core sends none); errors were thrown by coreFetch as ApiError. */
export async function unwrap<D>(answer: Promise<{ data?: D }>): Promise<D> {
  const { data } = await answer;
  return data as D;
}

/** A key that makes a repeated write count once; sent as the header Idempotency-Key. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}
