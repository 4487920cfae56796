// A rule's form as data: what each kind takes, what is wrong with it, what is sent. Pure.
import type { components } from '@/api/schema';
import type { RuleRow } from '@/api/types';
import { extent, planeOf, type GroundPoint } from '@/video/ground';
import { complete, type Point, type ZoneKind } from '@/video/zone';

export type RuleIn = components['schemas']['RuleIn'];
export type StreetClass = components['schemas']['StreetClass'];
type Settings = components['schemas']['RuleSettings'];
export type Direction = NonNullable<Settings['direction']>;

export const CLASSES: readonly StreetClass[] = ['person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck'];
const VEHICLES: readonly StreetClass[] = ['car', 'motorcycle', 'bus', 'truck'];

/** What the form shows of a kind. `direction`: only a counting line has a choice. */
export interface KindForm {
  dwell?: { least: number; usual: number };
  count?: { usual: number };
  speed?: boolean;
  length?: boolean;
  ground?: boolean;
  direction?: boolean;
  sensitivity?: boolean;
  /** It has no class: the picture itself, or an object that nobody knows. */
  classless?: boolean;
  /** It only counts: no alarm, so no category. */
  counts?: boolean;
  vehicles?: boolean;
}

export const KINDS: Record<ZoneKind, KindForm> = {
  zone: { dwell: { least: 0, usual: 0 } },
  line: { counts: true, direction: true },
  loitering: { dwell: { least: 1, usual: 60 } },
  crowd: { count: { usual: 10 }, sensitivity: true },
  wrong_way: { vehicles: true },
  stopped: { dwell: { least: 1, usual: 60 }, vehicles: true },
  object: { dwell: { least: 1, usual: 60 }, sensitivity: true, classless: true },
  speed: { speed: true, ground: true, vehicles: true },
  queue: { count: { usual: 5 }, length: true, ground: true, vehicles: true },
  tamper: { sensitivity: true, classless: true },
};

export interface RuleDraft {
  name: string;
  kind: ZoneKind;
  points: Point[];
  classes: StreetClass[];
  dwell: string;
  count: string;
  speed: string;
  length: string;
  direction: Direction;
  /** '' is the node's usual one. */
  sensitivity: '' | 'low' | 'high';
  ground: GroundPoint[];
  minScore: string;
  floor: string;
  category: string;
  enabled: boolean;
}

const SENSITIVITY = { low: 0.2, high: 0.8 } as const;
const text = (value: number | null | undefined, otherwise = ''): string => (value == null ? otherwise : String(value));

export function draftOf(rule: RuleRow | null): RuleDraft {
  const settings = rule?.settings;
  const sensitivity = settings?.sensitivity;
  return {
    name: rule?.name ?? '',
    kind: rule?.kind ?? 'zone',
    points: (rule?.points ?? []) as Point[],
    classes: rule?.classes ?? ['person'],
    dwell: text(rule?.dwell_s, '0'),
    count: text(settings?.min_count),
    speed: text(settings?.limit_kmh),
    length: text(settings?.limit_m),
    direction: settings?.direction ?? 'both',
    sensitivity: sensitivity == null ? '' : sensitivity < 0.5 ? 'low' : 'high',
    ground: (settings?.ground ?? []) as GroundPoint[],
    minScore: String(Math.round((rule?.min_score ?? 0.4) * 100)),
    floor: String(Math.round((rule?.floor ?? 0.5) * 100)),
    category: rule?.category ?? '',
    enabled: rule?.enabled ?? true,
  };
}

/** Another kind: what was drawn for it no longer fits, its usual limits stand ready. */
export function withKind(draft: RuleDraft, kind: ZoneKind): RuleDraft {
  const form = KINDS[kind];
  const wasVehicles = KINDS[draft.kind].vehicles ?? false;
  const classes = form.vehicles ? [...VEHICLES] : wasVehicles || form.classless ? ['person' as const] : draft.classes;
  return {
    ...draft,
    kind,
    points: [],
    ground: [],
    classes,
    dwell: String(form.dwell?.usual ?? 0),
    count: text(form.count?.usual),
    speed: form.speed ? '50' : '',
    length: '',
  };
}

export type Wrong =
  'name' | 'points' | 'classes' | 'dwell' | 'count' | 'speed' | 'length' | 'ground' | 'floor' | 'minScore';

export const LIMITS: Partial<Record<Wrong, [low: number, high: number]>> = {
  dwell: [0, 3600],
  count: [1, 1000],
  speed: [3, 300],
  length: [2, 2000],
  floor: [0, 100],
  minScore: [5, 100],
};

export function wrong(draft: RuleDraft): Wrong[] {
  const form = KINDS[draft.kind];
  const inside = (field: 'dwell' | 'count' | 'speed' | 'length' | 'floor' | 'minScore', least?: number): boolean => {
    const [low, high] = LIMITS[field]!;
    const value = Number(draft[field]);
    return draft[field].trim() !== '' && value >= (least ?? low) && value <= high;
  };
  const bad: [Wrong, boolean][] = [
    ['name', draft.name.trim() === ''],
    ['points', !complete(draft.kind, draft.points)],
    ['classes', !form.classless && draft.classes.length === 0],
    ['dwell', !!form.dwell && !inside('dwell', form.dwell.least)],
    // A queue has a limit of its length or of its number.
    ['count', !!form.count && !(form.length && draft.length.trim() && !draft.count.trim()) && !inside('count')],
    ['speed', !!form.speed && !inside('speed')],
    ['length', !!form.length && draft.length.trim() !== '' && !inside('length')],
    ['ground', !!form.ground && !groundFits(draft)],
    ['floor', !inside('floor')],
    ['minScore', !inside('minScore')],
  ];
  return bad.filter(([, is]) => is).map(([field]) => field);
}

/** Whether lengths can be read where the form needs them. */
function groundFits(draft: RuleDraft): boolean {
  const needed = draft.kind === 'speed' || draft.length.trim() !== '';
  if (draft.ground.length === 0) return !needed;
  const plane = planeOf(draft.ground);
  return plane !== null && extent(plane, draft.points) !== null;
}

function settingsOf(draft: RuleDraft, before: RuleRow | null): Settings {
  const form = KINDS[draft.kind];
  const figure = (shown: boolean | undefined, value: string): number | null =>
    shown && value.trim() !== '' ? Number(value) : null;
  const kept = before?.settings.sensitivity;
  const same = before !== null && draft.sensitivity === draftOf(before).sensitivity;
  const chosen = draft.sensitivity === '' ? null : SENSITIVITY[draft.sensitivity];
  return {
    direction: form.direction && draft.direction !== 'both' ? draft.direction : null,
    min_count: figure(!!form.count, draft.count),
    limit_kmh: figure(form.speed, draft.speed),
    limit_m: figure(form.length, draft.length),
    ground: form.ground ? draft.ground : [],
    sensitivity: form.sensitivity ? (same && kept != null ? kept : chosen) : null,
  };
}

/** What is sent; what the form does not show (priority) stays as it was. */
export function toRule(draft: RuleDraft, before: RuleRow | null): RuleIn {
  const form = KINDS[draft.kind];
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    points: draft.points,
    classes: form.classless ? [] : draft.classes,
    min_score: Number(draft.minScore) / 100,
    dwell_s: form.dwell ? Number(draft.dwell) : 0,
    settings: settingsOf(draft, before),
    category: !form.counts && draft.category ? draft.category : null,
    priority: before?.priority ?? null,
    enabled: draft.enabled,
    floor: Number(draft.floor) / 100,
  };
}
