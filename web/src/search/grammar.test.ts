import { beforeAll, describe, expect, it } from 'vitest';
import { setCityZone } from '@/design/format';
import { read, without } from './grammar';

// Wednesday, 25 November 2026, 14:30 in Jakarta (UTC+7).
const NOW = Date.parse('2026-11-25T07:30:00Z');
const span = (text: string): [string, string] | null => {
  const period = read(text, NOW).period;
  return period && [new Date(period.from).toISOString(), new Date(period.to).toISOString()];
};

beforeAll(() => setCityZone('Asia/Jakarta'));

describe('words', () => {
  it('are class, colour and time; the rest names a place', () => {
    const reading = read('mobil merah kemarin sore di Jalan Mannerheimintie', NOW);
    expect(reading).toMatchObject({ classes: ['car'], colours: ['red'], rest: 'di Jalan Mannerheimintie' });
    expect(span('mobil merah kemarin sore')).toEqual(['2026-11-24T08:00:00.000Z', '2026-11-24T11:00:00.000Z']);
    expect(reading.chips.map((chip) => chip.source)).toEqual(['mobil', 'merah', 'kemarin', 'sore']);
  });
  it('may be two: a motorcycle is no bicycle', () => {
    expect(read('sepeda motor hitam', NOW)).toMatchObject({ classes: ['motorcycle'], colours: ['black'], rest: '' });
    expect(read('lawan arah', NOW).kinds).toEqual(['wrong_way']);
  });
  it('in quotes are names', () => {
    expect(read('"Halte Bus Merah" bus', NOW)).toMatchObject({
      classes: ['bus'],
      colours: [],
      rest: 'Halte Bus Merah',
    });
  });
  it('go away with their chip', () => {
    const text = 'mobil merah kemarin';
    expect(without(text, read(text, NOW).chips[1]!)).toBe('mobil kemarin');
  });
});

describe('times', () => {
  it('are days of the city', () => {
    expect(span('hari ini')).toEqual(['2026-11-24T17:00:00.000Z', '2026-11-25T17:00:00.000Z']);
    expect(span('tadi malam')).toEqual(['2026-11-24T11:00:00.000Z', '2026-11-24T23:00:00.000Z']);
    expect(span('senin pagi')).toEqual(['2026-11-22T22:00:00.000Z', '2026-11-23T03:00:00.000Z']);
  });
  it('count back from now', () => {
    expect(span('2 jam terakhir')).toEqual(['2026-11-25T05:30:00.000Z', '2026-11-25T07:30:00.000Z']);
    expect(span('last 3 days')![0]).toBe('2026-11-22T07:30:00.000Z');
  });
  it('may be a clock or a date, never one to come', () => {
    expect(span('kemarin jam 14.30')).toEqual(['2026-11-24T07:30:00.000Z', '2026-11-24T08:30:00.000Z']);
    expect(span('3 november')![0]).toBe('2026-11-02T17:00:00.000Z');
    expect(span('24/12')![0]).toBe('2025-12-23T17:00:00.000Z');
    expect(span('gerbang 40/99')).toBeNull();
  });
});
