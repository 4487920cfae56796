import { expect, it } from 'vitest';
import { rectangle } from '@/video/ground';
import type { Point } from '@/video/zone';
import { draftOf, toRule, withKind, wrong } from './rule-form';

const road: Point[] = [
  [0.4, 0.3],
  [0.6, 0.3],
  [0.9, 0.9],
  [0.1, 0.9],
];

it('needs a name, a whole shape and somebody to look for', () => {
  expect(wrong({ ...draftOf(null), classes: [] })).toEqual(['name', 'points', 'classes']);
  const drawn = { ...draftOf(null), name: 'Rel', points: road };
  expect(wrong(drawn)).toEqual([]);
  expect(wrong({ ...drawn, dwell: '-1' })).toEqual(['dwell']);
  expect(wrong({ ...drawn, floor: '' })).toEqual(['floor']);
});

it('a counting line raises no alarm, so it carries no category and no time inside', () => {
  const line = { ...draftOf(null), kind: 'line' as const, category: 'intrusion', dwell: '5' };
  expect(toRule(line, null)).toMatchObject({ category: null, dwell_s: 0 });
});

it('a speed rule measures only on a plane of the road', () => {
  const drawn = { ...withKind(draftOf(null), 'speed'), name: 'Cepat', points: road };
  expect(wrong(drawn)).toEqual(['ground']);
  const measured = { ...drawn, ground: rectangle(road, 8, 20) };
  expect(wrong(measured)).toEqual([]);
  expect(wrong({ ...measured, points: [[0.4, 0.01], ...road.slice(1)] as Point[] })).toEqual(['ground']);
  const sent = toRule(measured, null);
  expect(sent.settings).toMatchObject({ limit_kmh: 50, min_count: null });
  expect(sent.classes).toContain('motorcycle');
});

it('a queue has a limit of its number, or of its length on measured ground', () => {
  const drawn = { ...withKind(draftOf(null), 'queue'), name: 'Antre', points: road };
  expect(wrong(drawn)).toEqual([]);
  expect(wrong({ ...drawn, count: '' })).toEqual(['count']);
  expect(wrong({ ...drawn, count: '', length: '40' })).toEqual(['ground']);
  expect(wrong({ ...drawn, count: '', length: '40', ground: rectangle(road, 8, 20) })).toEqual([]);
});

it('tampering watches the whole picture and has no class', () => {
  const tamper = { ...withKind(draftOf(null), 'tamper'), name: 'Ganggu', sensitivity: 'high' as const };
  expect(wrong(tamper)).toEqual([]);
  expect(toRule(tamper, null)).toMatchObject({ points: [], classes: [], settings: { sensitivity: 0.8 } });
});

it('another kind starts its drawing and its limits anew', () => {
  const drawn = { ...draftOf(null), points: road };
  expect(withKind(drawn, 'loitering')).toMatchObject({ points: [], dwell: '60', classes: ['person'] });
});
