import { describe, expect, it } from 'vitest';
import { errorOf } from './errors';
import { csrfToken } from './fetch';

describe('csrfToken', () => {
  it('finds the token among cookies', () => {
    expect(csrfToken('a=1; csrftoken=abc; b=2')).toBe('abc');
    expect(csrfToken('xcsrftoken=abc')).toBe('');
  });
});

describe('errorOf', () => {
  it('reads the body of the core', async () => {
    const body = JSON.stringify({ code: 'stale_version', message: 'changed', detail: { version: 3 } });
    const error = await errorOf(new Response(body, { status: 409 }));
    expect([error.code, error.status, error.detail, error.passing]).toEqual([
      'stale_version',
      409,
      { version: 3 },
      false,
    ]);
  });
  it('lives with a page that is not JSON', async () => {
    const error = await errorOf(new Response('<html>', { status: 502 }));
    expect([error.code, error.passing]).toEqual(['http_502', true]);
  });
});
