import { expect, it } from 'vitest';
import { hold } from './held';

const row = (id: string, v = 0) => ({ id, v });
const key = (r: { id: string }): string => r.id;

it('shows the right order while nobody reads', () => {
  const { rows, waiting } = hold(null, [row('b'), row('a')], key);
  expect(rows.map((r) => r.row.id)).toEqual(['b', 'a']);
  expect(waiting).toEqual([]);
});

it('holds the order, brings changes into place, marks what left, and lets the new wait', () => {
  const { rows, waiting } = hold([row('a'), row('b')], [row('new'), row('b', 2)], key);
  expect(rows).toEqual([
    { row: row('a'), gone: true },
    { row: row('b', 2), gone: false },
  ]);
  expect(waiting).toEqual([row('new')]);
});
