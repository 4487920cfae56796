import { describe, expect, it } from 'vitest';
import { apply, parse, TABLES, type Change, type Table } from './reducer';

const empty = (): Record<Table, Map<string, object>> =>
  Object.fromEntries(TABLES.map((table) => [table, new Map()])) as never;
const change = (id: number, key: string, row: object | null, table: Table = 'signals'): Change => ({
  id,
  kind: 'signal.received',
  table,
  key,
  row,
});

describe('apply', () => {
  it('a stale snapshot and the events since equal a fresh snapshot', () => {
    const changes = [
      change(1, 'a', { s: 'new' }),
      change(2, 'b', { s: 'new' }),
      change(3, 'a', { s: 'acknowledged' }),
      change(4, 'b', null),
      change(5, 'c', { s: 'new' }, 'incidents'),
    ];
    for (let cut = 0; cut <= changes.length; cut++) {
      const stale = empty();
      let last = 0;
      for (const c of changes.slice(0, cut)) if (apply(stale, c, last) === 'applied') last = c.id ?? last;
      // A reconnect may repeat everything: nothing is applied twice, nothing goes back in time.
      for (const c of changes) if (apply(stale, c, last) === 'applied') last = c.id ?? last;
      expect([...stale.signals]).toEqual([['a', { s: 'acknowledged' }]]);
      expect([...stale.incidents.keys()]).toEqual(['c']);
    }
  });
  it('leaves out what was seen and skips tables it does not know', () => {
    const tables = empty();
    expect(apply(tables, change(3, 'a', { s: 1 }), 3)).toBe('seen');
    expect(apply(tables, { ...change(4, 'a', {}), table: 'weather' as Table }, 3)).toBe('unknown');
    expect(tables.signals.size).toBe(0);
  });
});

it('takes what has no place in the log always', () => {
  const tables = empty();
  expect(apply(tables, { ...change(0, 'a', { lat: 1 }, 'units'), id: null }, 99)).toBe('applied');
  expect(tables.units.get('a')).toEqual({ lat: 1 });
});

describe('parse', () => {
  it('takes changes and nothing else', () => {
    expect(parse(JSON.stringify(change(1, 'a', null)))?.key).toBe('a');
    expect(parse('{}')).toBeNull();
    expect(parse('hello')).toBeNull();
    expect(parse('null')).toBeNull();
  });
});
