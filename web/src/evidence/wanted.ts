// What the form asks for: read from the address that the player makes, checked, and put as the core wants it.
import type { components } from '@/api/schema';
import { cityStamp, fromCityStamp } from '@/design/format';

type Schemas = components['schemas'];
export type ExportRow = Schemas['ExportRow'];
export type HoldRow = Schemas['HoldRow'];
export type Act = 'export' | 'hold';

/** `from`, `to`: stamps by the city's clock, as date fields hold them. */
export interface Wanted {
  act: Act;
  cameras: number[];
  from: string;
  to: string;
  reason: string;
  incident: number | null;
  masked: boolean;
}
export type Trouble = 'cameras' | 'period' | 'future' | 'long' | 'reason';

export const LEAST_REASON = 3;
export const MOST_CAMERAS = 64;
const DAY_MS = 86_400_000;
const LONGEST_MS: Record<Act, number> = { export: DAY_MS, hold: 92 * DAY_MS };
const DEFAULT_MS = 5 * 60_000;

/** From the query of `/console/evidence/new`; odd values are left out. */
export function wantedOf(query: Readonly<Record<string, string>>, now: number): Wanted {
  const to = Date.parse(query['to'] ?? '');
  const end = Number.isNaN(to) ? now : to;
  const from = Date.parse(query['from'] ?? '');
  const ids = (query['camera'] ?? '').split(',').filter((id) => /^[1-9]\d{0,8}$/.test(id));
  const incident = query['incident'] ?? '';
  return {
    act: query['act'] === 'hold' ? 'hold' : 'export',
    cameras: [...new Set(ids.map(Number))].slice(0, MOST_CAMERAS),
    from: cityStamp(Number.isNaN(from) ? end - DEFAULT_MS : from),
    to: cityStamp(end),
    reason: '',
    incident: /^[1-9]\d{0,8}$/.test(incident) ? Number(incident) : null,
    masked: false,
  };
}

/** What is wrong, the first thing first; null when it can be sent. */
export function troubleOf(wanted: Wanted, now: number): Trouble | null {
  const from = fromCityStamp(wanted.from);
  const to = fromCityStamp(wanted.to);
  if (wanted.cameras.length === 0) return 'cameras';
  if (!(to > from)) return 'period';
  if (to - from > LONGEST_MS[wanted.act]) return 'long';
  if (wanted.act === 'export' && to > now) return 'future';
  return wanted.reason.trim().length < LEAST_REASON ? 'reason' : null;
}

export function exportBody(wanted: Wanted): Schemas['ExportIn'] {
  return {
    items: wanted.cameras.map((camera_id) => ({ camera_id, ...span(wanted) })),
    reason: wanted.reason.trim(),
    incident_id: wanted.incident,
    masked: wanted.masked,
  };
}

/** The core holds camera by camera. */
export function holdBodies(wanted: Wanted): Schemas['HoldIn'][] {
  const rest = { ...span(wanted), reason: wanted.reason.trim(), incident_id: wanted.incident };
  return wanted.cameras.map((camera_id) => ({ camera_id, ...rest }));
}

function span(wanted: Wanted): { from: string; to: string } {
  return {
    from: new Date(fromCityStamp(wanted.from)).toISOString(),
    to: new Date(fromCityStamp(wanted.to)).toISOString(),
  };
}

/** "812 KB", "1,4 GB": in thousands, as file managers say it. */
export function fileSize(bytes: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  const digits = value < 10 && step > 1 ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[step],
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  } as Intl.NumberFormatOptions).format(value);
}
