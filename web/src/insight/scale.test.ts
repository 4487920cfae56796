import { describe, expect, it } from 'vitest';
import { labelled, marks } from './scale';

describe('marks of a scale', () => {
  it('are round for durations', () => {
    expect(marks(430, 's')).toEqual([0, 120, 240, 360, 480]);
    expect(marks(50, 's')).toEqual([0, 15, 30, 45, 60]);
  });
  it('are round for counts and reach the top', () => {
    expect(marks(7, 'count')).toEqual([0, 2, 4, 6, 8]);
    expect(marks(3, 'count')).toEqual([0, 1, 2, 3]);
    expect(marks(0, 'count')).toEqual([0, 1]);
  });
  it('are quarters for shares', () => expect(marks(0.3, 'share')).toEqual([0, 0.25, 0.5, 0.75, 1]));
});

describe('labels', () => {
  it('are thinned and keep the newest', () => {
    expect([...labelled(10, 5)].sort((a, b) => a - b)).toEqual([1, 3, 5, 7, 9]);
    expect([...labelled(3, 5)].sort()).toEqual([0, 1, 2]);
  });
});
