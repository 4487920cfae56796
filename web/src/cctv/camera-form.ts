// A camera's form as data: read from a row, checked, sent. Pure.
import type { components } from '@/api/schema';
import type { CameraDetail } from '@/api/types';
import type { LonLat } from '@/map/types';
import type { Sight } from './placing';

export type CameraIn = components['schemas']['CameraIn'];

export interface CameraDraft {
  name: string;
  source: string;
  sub: string;
  place: LonLat | null;
  bearing: string;
  fov: string;
  range: string;
  purpose: CameraIn['purpose'];
  /** Empty: as long as the policy of its purpose says. */
  retention: string;
  analyse: boolean;
  enabled: boolean;
  onvif: string;
  critical: boolean;
  keepAudio: boolean;
  /** The node that saw it; null: as it was, or the city's first. */
  nodeId: number | null;
}

export const PURPOSES = ['security', 'traffic', 'disaster'] as const;

export function draftOf(detail: CameraDetail | null): CameraDraft {
  const row = detail?.camera;
  return {
    name: row?.name ?? '',
    // The core shows the address without its password: left empty, it stays as it is.
    source: '',
    sub: '',
    place: row ? { lat: row.lat, lon: row.lon } : null,
    bearing: String(row?.bearing_deg ?? 0),
    fov: String(row?.field_of_view_deg ?? 70),
    range: String(row?.range_m ?? 60),
    purpose: row?.purpose ?? 'security',
    retention: detail?.retention_h ? String(detail.retention_h) : '',
    analyse: row?.analyse ?? true,
    enabled: row?.enabled ?? true,
    onvif: detail?.onvif_url ?? '',
    critical: detail?.critical ?? false,
    keepAudio: detail?.keep_audio ?? false,
    nodeId: null,
  };
}

export function sightOf(draft: CameraDraft): Sight {
  return { bearing: Number(draft.bearing) || 0, fov: Number(draft.fov) || 70, range: Number(draft.range) || 60 };
}

export type Missing = 'name' | 'source' | 'place' | 'bearing' | 'fov' | 'range' | 'retention' | 'onvif';

/** The fields that are not right yet. Bounds as the core has them. */
export function missing(draft: CameraDraft, isNew: boolean): Missing[] {
  const within = (text: string, low: number, high: number): boolean =>
    text.trim() !== '' && Number(text) >= low && Number(text) <= high;
  const bad: [Missing, boolean][] = [
    ['name', draft.name.trim() === ''],
    ['source', isNew && draft.source.trim() === ''],
    ['place', draft.place === null],
    ['bearing', !within(draft.bearing, 0, 360)],
    ['fov', !within(draft.fov, 5, 360)],
    ['range', !within(draft.range, 1, 5000)],
    ['retention', draft.retention.trim() !== '' && !within(draft.retention, 1, 24 * 366)],
    ['onvif', draft.onvif.trim() !== '' && !/^https?:\/\/\S+$/.test(draft.onvif.trim())],
  ];
  return bad.filter(([, wrong]) => wrong).map(([field]) => field);
}

export function toCamera(draft: CameraDraft): CameraIn {
  return {
    name: draft.name.trim(),
    source_url: draft.source.trim(),
    lat: draft.place!.lat,
    lon: draft.place!.lon,
    bearing_deg: Number(draft.bearing),
    field_of_view_deg: Number(draft.fov),
    range_m: Number(draft.range),
    purpose: draft.purpose,
    analyse: draft.analyse,
    enabled: draft.enabled,
    retention_h: draft.retention.trim() === '' ? null : Math.round(Number(draft.retention)),
    // As the address: left empty, it stays as it is.
    sub_url: draft.sub.trim(),
    onvif_url: draft.onvif.trim(),
    critical: draft.critical,
    keep_audio: draft.keepAudio,
    node_id: draft.nodeId,
  };
}
