import { describe, expect, it } from 'vitest';
import { dayOf, daysBefore } from './days';

describe('days', () => {
  it('are those of the city', () => {
    const late = new Date('2026-11-23T18:30:00Z');
    expect(dayOf(late, 'Asia/Jakarta')).toBe('2026-11-24');
    expect(dayOf(late, 'UTC')).toBe('2026-11-23');
  });
  it('are counted back over months', () => expect(daysBefore('2026-03-01', 1)).toBe('2026-02-28'));
  it('leave what is no day', () => expect(daysBefore('gestern', 1)).toBe('gestern'));
});
