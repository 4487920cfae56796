// Alarms for the time-line, from the core: which camera, when, how long, what.
import { errorOf } from '@/api/errors';
import type { Span } from './recording';
import type { Mark } from './timeline';

const MOST = 500;

interface AlarmsAnswer {
  items: {
    started_at: string;
    observed_at: string;
    ended_at: string | null;
    rule_name: string;
    signal_id: number | null;
  }[];
}

/** Raises ApiError when the core refuses. */
export async function loadMarks(cameras: readonly number[], period: Span): Promise<Mark[]> {
  const all = await Promise.all(cameras.map((id) => marksOf(id, period)));
  return all.flat().sort((a, b) => a.at - b.at);
}

async function marksOf(camera: number, { from, to }: Span): Promise<Mark[]> {
  const query = new URLSearchParams({ camera_id: String(camera), limit: String(MOST) });
  query.set('from', new Date(from).toISOString());
  query.set('to', new Date(to).toISOString());
  const response = await fetch(`/api/v1/cctv/alarms?${query}`);
  if (!response.ok) throw await errorOf(response);
  return ((await response.json()) as AlarmsAnswer).items.map((alarm) => ({
    at: Date.parse(alarm.started_at),
    to: Date.parse(alarm.ended_at ?? alarm.observed_at),
    label: alarm.rule_name,
    camera,
    signalId: alarm.signal_id,
  }));
}
