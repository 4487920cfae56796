import { describe, expect, it } from 'vitest';
import { destination } from './home';

const officer = { role: 'field_officer', permissions: { 'units.respond': 'own' } } as const;
const operator = { role: 'operator', permissions: { 'console.view': 'city', 'tasks.view': 'city' } } as const;

describe('after signing in', () => {
  it('goes to the home of the role', () => {
    expect(destination(undefined, officer as never)).toBe('/petugas');
    expect(destination(undefined, operator as never)).toBe('/console');
  });
  it('goes where the person wanted to be', () => {
    expect(destination('/console?incident=4', operator as never)).toBe('/console?incident=4');
    expect(destination('/login/akun', officer as never)).toBe('/login/akun');
  });
  it('never leads to a page the person may not open', () => {
    expect(destination('/console', officer as never)).toBe('/petugas');
  });
  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)'])(
    'never leads away: %s',
    (next) => expect(destination(next, operator as never)).toBe('/console'),
  );
});
