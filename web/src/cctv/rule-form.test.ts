import { expect, it } from 'vitest';
import { draftOf, toRule, wrong } from './rule-form';

it('needs a name, a whole shape and somebody to look for', () => {
  expect(wrong({ ...draftOf(null), classes: [] })).toEqual(['name', 'points', 'classes']);
  const drawn = {
    ...draftOf(null),
    name: 'Rel',
    points: [
      [0, 0],
      [1, 0],
      [1, 1],
    ] as [number, number][],
  };
  expect(wrong(drawn)).toEqual([]);
  expect(wrong({ ...drawn, dwell: '-1' })).toEqual(['dwell']);
});

it('a counting line raises no alarm, so it carries no category and no time inside', () => {
  const line = { ...draftOf(null), kind: 'line' as const, category: 'intrusion', dwell: '5' };
  expect(toRule(line, null)).toMatchObject({ category: null, dwell_s: 0 });
});
