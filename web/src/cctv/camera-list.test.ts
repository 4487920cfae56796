import { expect, it } from 'vitest';
import type { CameraRow } from '@/api/types';
import { chosen, recordedShare } from './camera-list';

const row = (name: string, changes: Partial<CameraRow> = {}): CameraRow =>
  ({ name, enabled: true, state: 'up', gap_s_24h: 0, ...changes }) as CameraRow;
const rows = [
  row('Simpang 10'),
  row('Simpang 9', { state: 'silent', gap_s_24h: 8640 }),
  row('Alun-alun', { enabled: false, state: 'disabled', gap_s_24h: 99 }),
];
const names = (text: string, state: Parameters<typeof chosen>[2]): string[] =>
  chosen(rows, text, state).map(({ name }) => name);

it('finds by words and by state, in the order that people count', () => {
  expect(names('', 'all')).toEqual(['Simpang 9', 'Simpang 10', 'Alun-alun']);
  expect(names('SIMP 1', 'all')).toEqual(['Simpang 10']);
  expect(names('', 'trouble')).toEqual(['Simpang 9']);
  expect(names('', 'gap')).toEqual(['Simpang 9']);
  expect(names('', 'disabled')).toEqual(['Alun-alun']);
});

it('a camera that is off has no share of recording', () => {
  expect(recordedShare(rows[1]!)).toBeCloseTo(0.9);
  expect(recordedShare(rows[2]!)).toBeNull();
  expect(recordedShare(row('Baru', { state: 'unknown', last_frame_at: null }))).toBeNull();
});
