import { expect, it } from 'vitest';
import { measureSeries } from './measures';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-25T07:05:00Z');
const reading = { rule_id: 1, measure: 'speed_kmh' as const, samples: 1, mean: 40, largest: 40 };

it('weighs by samples and leaves out what lies outside', () => {
  const rows = [
    { ...reading, start: '2026-11-25T07:00:00Z', samples: 3, mean: 30, largest: 45 },
    { ...reading, start: '2026-11-25T07:00:00Z', samples: 1, mean: 70, largest: 70 },
    { ...reading, start: '2026-11-25T06:50:00Z', samples: 4, mean: 20, largest: 22 },
    { ...reading, start: '2026-11-25T06:30:00Z', mean: 99, largest: 99 },
    { ...reading, start: '2026-11-25T07:00:00Z', samples: 0, mean: 99, largest: 99 },
  ];
  expect(measureSeries(rows, NOW, 10 * MINUTE, 3)).toEqual([
    { ruleId: 1, measure: 'speed_kmh', means: [0, 20, 40], mean: 30, largest: 70 },
  ]);
});

it('keeps rules and measures apart', () => {
  const start = '2026-11-25T07:00:00Z';
  const rows = [
    { ...reading, start },
    { ...reading, start, measure: 'queue_m' as const },
    { ...reading, start, rule_id: 2 },
  ];
  expect(measureSeries(rows, NOW, 10 * MINUTE, 3)).toHaveLength(3);
  expect(measureSeries([], NOW, 10 * MINUTE, 3)).toEqual([]);
});
