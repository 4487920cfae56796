import { describe, expect, it } from 'vitest';
import { match } from './router.svelte';

describe('match', () => {
  it('names the parts', () => {
    expect(match('/ikuti/:code', '/ikuti/K7%20F2')).toEqual({ code: 'K7 F2' });
  });
  it('refuses another length, another word or an empty part', () => {
    expect(match('/ikuti/:code', '/ikuti')).toBeNull();
    expect(match('/ikuti/:code', '/lapor/1')).toBeNull();
    expect(match('/ikuti/:code', '/ikuti/')).toBeNull();
  });
});
