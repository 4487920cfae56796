// The event log of an incident as moments that people read.
import { photoUrl } from '@/api/files';
import type { TimelineEntry } from '@/api/types';
import type { Moment } from '@/components/Timeline.svelte';
import type { Tone } from '@/components/StatusChip.svelte';
import { maybe } from '@/i18n/index.svelte';
import { word } from './words';

const TONES: Record<string, Tone> = {
  'signal.received': 'p2',
  'assignment.unanswered': 'p1',
  'assignment.declined': 'p1',
  'task.overdue': 'p1',
  'assignment.created': 'p3',
  'assignment.departed': 'p3',
  'assignment.arrived': 'p3',
  'assignment.cleared': 'done',
  'incident.resolved': 'done',
  'incident.closed': 'done',
};
/** Payload fields that say something to a reader, in this order. */
const TELLING = ['call_sign', 'text', 'note', 'reason', 'agency_name', 'title'] as const;

/** Viewing a camera or photo is on record, but is no part of the story. */
const SILENT = new Set([
  'video.viewed',
  'personal.photo_viewed',
  'personal.reporter_viewed',
  'incident.party_involved',
  'signal.decided',
]);

export function moments(entries: readonly TimelineEntry[]): Moment[] {
  return entries
    .filter((entry) => !SILENT.has(entry.kind))
    .map((entry) => ({
      id: entry.seq,
      at: entry.at,
      title: word('event', entry.kind),
      text: told(entry),
      who: maybe(`console.by.${entry.by_kind}`) ?? entry.by,
      tone: TONES[entry.kind],
      image: picture(entry.detail['photo']),
    }));
}

function told(entry: TimelineEntry): string | undefined {
  const disposition = entry.detail['disposition'];
  const parts: string[] = typeof disposition === 'string' ? [word('disposition', disposition)] : [];
  for (const field of TELLING) {
    const value = entry.detail[field];
    if (typeof value === 'string' && value !== '') parts.push(field === 'reason' ? reason(entry.kind, value) : value);
  }
  return parts.join(' · ') || undefined;
}

function reason(kind: string, code: string): string {
  return kind === 'signal.dismissed' ? word('dismiss', code) : code;
}

function picture(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? photoUrl(value) : undefined;
}
