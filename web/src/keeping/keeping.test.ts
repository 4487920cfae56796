import { describe, expect, it } from 'vitest';
import { daysText, hoursOf, read } from './keeping';

describe('lengths as people write them', () => {
  it('reads days with a point or a comma and knows the limits', () => {
    expect([hoursOf('7'), hoursOf(' 0,5 '), hoursOf('1.5')]).toEqual([168, 12, 36]);
    for (const bad of ['', '0', '-3', 'seminggu', '1e3', '3661', '99999999', '0,01', '1,5,5']) {
      expect(hoursOf(bad)).toBeNull();
    }
    expect([hoursOf('0,05'), hoursOf('3660')]).toEqual([1, 87_840]);
  });

  it('says every whole hour so that reading it gives the same hour', () => {
    for (let hours = 1; hours <= 24 * 40; hours++) expect(hoursOf(daysText(hours))).toBe(hours);
  });

  it('keeps clips of alarms at least as long as all else', () => {
    expect(read({ days: '2', alarmDays: '1', basis: '' })).toBe('alarm_days');
    expect(read({ days: 'x', alarmDays: '1', basis: '' })).toBe('days');
    expect(read({ days: '2', alarmDays: '2', basis: '' })).toEqual({ retention_h: 48, alarm_retention_h: 48 });
  });
});
