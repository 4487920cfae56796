// Days as the core counts them: "2026-11-23", of the city's own calendar.
import type { components } from '@/api/schema';

/** The day of a moment in a time zone. */
export function dayOf(at: Date, zone: string): string {
  // The Swedish way of writing dates is the ISO one.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);
}

export function daysBefore(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}

type Series = components['schemas']['Series'];
const LONGEST_DAYS = 370;

/** The points of a series with empty ones where nothing happened, so that time runs evenly. */
export function everyPoint(series: Series, from: string, to: string): Series['points'] {
  const known = new Map(series.points.map((point) => [point.at, point]));
  const all = series.by === 'hour_of_day' ? hours() : daysFrom(from, to);
  return all.map((at) => known.get(at) ?? { at, count: 0, values: {} });
}

function hours(): string[] {
  return Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
}

function daysFrom(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to && days.length < LONGEST_DAYS; day = daysBefore(day, -1)) days.push(day);
  return days;
}
