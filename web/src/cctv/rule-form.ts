// A rule's form as data. Pure.
import type { components } from '@/api/schema';
import type { RuleRow } from '@/api/types';
import { complete, type Point, type ZoneKind } from '@/video/zone';

export type RuleIn = components['schemas']['RuleIn'];
export type StreetClass = components['schemas']['StreetClass'];
export const CLASSES: readonly StreetClass[] = ['person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck'];

export interface RuleDraft {
  name: string;
  kind: ZoneKind;
  points: Point[];
  classes: StreetClass[];
  dwell: string;
  category: string;
  enabled: boolean;
}

export function draftOf(rule: RuleRow | null): RuleDraft {
  return {
    name: rule?.name ?? '',
    kind: rule?.kind ?? 'zone',
    points: (rule?.points ?? []) as Point[],
    classes: rule?.classes ?? ['person'],
    dwell: String(rule?.dwell_s ?? 0),
    category: rule?.category ?? '',
    enabled: rule?.enabled ?? true,
  };
}

export type Wrong = 'name' | 'points' | 'classes' | 'dwell';

export function wrong(draft: RuleDraft): Wrong[] {
  const dwell = Number(draft.dwell);
  const bad: [Wrong, boolean][] = [
    ['name', draft.name.trim() === ''],
    ['points', !complete(draft.kind, draft.points)],
    ['classes', draft.classes.length === 0],
    ['dwell', draft.dwell.trim() === '' || !(dwell >= 0 && dwell <= 3600)],
  ];
  return bad.filter(([, is]) => is).map(([field]) => field);
}

/** What is sent; what the form does not show (least score, priority) stays as it was. */
export function toRule(draft: RuleDraft, before: RuleRow | null): RuleIn {
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    points: draft.points,
    classes: draft.classes,
    min_score: before?.min_score ?? 0.4,
    dwell_s: draft.kind === 'zone' ? Number(draft.dwell) : 0,
    category: draft.kind === 'zone' && draft.category ? draft.category : null,
    priority: before?.priority ?? null,
    enabled: draft.enabled,
    settings: before?.settings ?? { ground: [] },
    floor: before?.floor ?? 0.5,
  };
}
