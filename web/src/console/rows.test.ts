import { expect, it } from 'vitest';
import type { SignalRow } from '@/api/types';
import { signalEntries } from './rows';

const signal = (id: number, priority: number, state: string, received_at: string): SignalRow =>
  ({ id, priority, state, received_at }) as SignalRow;

it('orders the queue: priority, untouched first, oldest first', () => {
  const entries = signalEntries([
    signal(1, 2, 'new', '2026-01-01T00:00:00Z'),
    signal(2, 1, 'acknowledged', '2026-01-01T00:00:00Z'),
    signal(3, 1, 'new', '2026-01-01T00:00:09Z'),
    signal(4, 1, 'new', '2026-01-01T00:00:05Z'),
  ]);
  expect(entries.map((e) => e.row.id)).toEqual([4, 3, 2, 1]);
});
