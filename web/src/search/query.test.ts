import { beforeAll, expect, it } from 'vitest';
import { setCityZone } from '@/design/format';
import { isAsked, NO_FILTERS, queryOf, searchedPeriod } from './query';

const NOW = Date.parse('2026-11-25T07:30:00Z');
beforeAll(() => setCityZone('Asia/Jakarta'));

it('asks what the words say', () => {
  expect(queryOf('mobil merah kemarin Gerbang', NO_FILTERS, ' Saksi ', NOW)).toEqual({
    purpose: 'Saksi',
    text: 'Gerbang',
    street_class: ['car'],
    colour: ['red'],
    from: '2026-11-23T17:00:00.000Z',
    to: '2026-11-24T17:00:00.000Z',
  });
});

it('lets a filter speak where the words say something else', () => {
  const filters = { ...NO_FILTERS, colour: 'blue', from: '2026-11-20T00:00', verdict: 'none', camera: '7', area: 'x' };
  expect(queryOf('merah', filters, 'Saksi', NOW)).toEqual({
    purpose: 'Saksi',
    text: '',
    colour: ['blue'],
    unjudged: true,
    camera_id: [7],
    from: '2026-11-19T17:00:00.000Z',
  });
});

it('asks nothing of nothing, and movement of the last day', () => {
  expect(isAsked(' ', NO_FILTERS)).toBe(false);
  expect(searchedPeriod('', NO_FILTERS, NOW)).toEqual({ from: NOW - 86_400_000, to: NOW });
  expect(searchedPeriod('7 hari terakhir', NO_FILTERS, NOW)).toEqual({ from: NOW - 86_400_000, to: NOW });
  expect(searchedPeriod('hari ini', NO_FILTERS, NOW).to).toBe(NOW);
});
