import { describe, expect, it } from 'vitest';
import { setCityZone } from '@/design/format';
import { exportBody, fileSize, holdBodies, troubleOf, wantedOf, type Wanted } from './wanted';

const NOW = Date.parse('2026-11-25T08:00:00Z');
const QUERY = { camera: '3,7,3,x', from: '2026-11-25T07:00:00Z', to: '2026-11-25T07:10:00Z', incident: '12' };

setCityZone('Asia/Makassar');

describe('wantedOf', () => {
  it("reads the player's address by the city's clock", () => {
    const wanted = wantedOf(QUERY, NOW);
    expect(wanted.cameras).toEqual([3, 7]);
    expect([wanted.from, wanted.to]).toEqual(['2026-11-25T15:00:00', '2026-11-25T15:10:00']);
    expect([wanted.act, wanted.incident]).toEqual(['export', 12]);
  });
  it('takes the last five minutes where nothing is said', () => {
    const wanted = wantedOf({ camera: '-1', from: 'yesterday', act: 'hold', incident: '1e3' }, NOW);
    expect([wanted.from, wanted.to]).toEqual(['2026-11-25T15:55:00', '2026-11-25T16:00:00']);
    expect([wanted.act, wanted.cameras, wanted.incident]).toEqual(['hold', [], null]);
  });
});

describe('troubleOf', () => {
  const good: Wanted = { ...wantedOf(QUERY, NOW), reason: 'LP/12' };
  it.each([
    [{}, null],
    [{ cameras: [] }, 'cameras'],
    [{ to: good.from }, 'period'],
    [{ to: '' }, 'period'],
    [{ from: '2026-11-24T15:00:00' }, 'long'],
    [{ act: 'hold', from: '2026-11-24T15:00:00' }, null],
    [{ act: 'hold', from: '2026-01-24T15:00:00' }, 'long'],
    [{ to: '2026-11-25T16:00:01' }, 'future'],
    [{ act: 'hold', to: '2026-11-26T16:00:01' }, null],
    [{ reason: ' a ' }, 'reason'],
  ] as [Partial<Wanted>, string | null][])('%o is %s', (change, trouble) => {
    expect(troubleOf({ ...good, ...change }, NOW)).toBe(trouble);
  });
});

it('asks once for all cameras, and holds each', () => {
  const wanted = { ...wantedOf(QUERY, NOW), reason: ' LP/12 ', masked: true };
  const span = { from: '2026-11-25T07:00:00.000Z', to: '2026-11-25T07:10:00.000Z' };
  expect(exportBody(wanted)).toEqual({
    items: [3, 7].map((camera_id) => ({ camera_id, ...span })),
    ...{ reason: 'LP/12', incident_id: 12, masked: true },
  });
  expect(holdBodies(wanted)).toEqual(
    [3, 7].map((camera_id) => ({ camera_id, ...span, reason: 'LP/12', incident_id: 12 })),
  );
});

it('says sizes as people read them', () => {
  expect([0, 812_345, 1_440_000, 45_000_000, 2_340_000_000].map((size) => fileSize(size, 'en-GB'))).toEqual([
    '0 byte',
    '812 kB',
    '1.4 MB',
    '45 MB',
    '2.3 GB',
  ]);
});
