import { expect, it } from 'vitest';
import { setCityZone } from '@/design/format';
import { camerasOf, periodOf, playbackAddress } from './playback-address';

const HOUR = 3_600_000;

it('holds cameras and moment in the address', () => {
  const address = playbackAddress([3, 7, 8, 9, 10], Date.UTC(2026, 10, 25, 7));
  expect(address).toBe('/console/playback?cameras=3%2C7%2C8%2C9&at=2026-11-25T07%3A00%3A00.000Z');
  expect(camerasOf({ cameras: '3,7,3,x,-1' })).toEqual([3, 7]);
  expect(camerasOf({ camera: '5' })).toEqual([5]);
  expect(camerasOf({})).toEqual([]);
});

it('loads the last day, or the city’s day that holds the moment', () => {
  setCityZone('Asia/Jakarta');
  const now = Date.UTC(2026, 10, 25, 7);
  expect(periodOf(now - HOUR, now)).toEqual({ from: now - 23 * HOUR, to: now + HOUR });
  const old = periodOf(Date.UTC(2026, 10, 20, 18), now);
  expect(new Date(old.from).toISOString()).toBe('2026-11-20T17:00:00.000Z');
  expect(old.to - old.from).toBe(24 * HOUR);
  setCityZone(undefined);
});
