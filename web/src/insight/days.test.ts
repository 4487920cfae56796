import { describe, expect, it } from 'vitest';
import { dayOf, daysBefore, everyPoint } from './days';

describe('days', () => {
  it('are those of the city', () => {
    const late = new Date('2026-11-23T18:30:00Z');
    expect(dayOf(late, 'Asia/Jakarta')).toBe('2026-11-24');
    expect(dayOf(late, 'UTC')).toBe('2026-11-23');
  });
  it('are counted back over months', () => expect(daysBefore('2026-03-01', 1)).toBe('2026-02-28'));
  it('leave what is no day', () => expect(daysBefore('gestern', 1)).toBe('gestern'));
});

describe('the points of a plot', () => {
  it('stand for every day, empty where nothing happened', () => {
    const point = { at: '2026-03-01', count: 2, values: { p50: 9 } };
    const all = everyPoint({ by: 'day', points: [point] }, '2026-02-28', '2026-03-02');
    expect(all.map(({ at, count }) => [at, count])).toEqual([['2026-02-28', 0], ['2026-03-01', 2], ['2026-03-02', 0]]);
  });
  it('stand for every hour of the day', () => {
    expect(everyPoint({ by: 'hour_of_day', points: [] }, '', '')).toHaveLength(24);
  });
});
