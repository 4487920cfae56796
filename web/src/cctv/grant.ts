// Asks the core for signed addresses of a camera's video; every ask is on record with its purpose.
import { api, unwrap } from '@/api/client';
import type { components } from '@/api/schema';
import type { AskGrant, Grant } from '@/video/grant';
import { LiveViews } from './live-views';

type Wish = components['schemas']['ViewIn'];

export interface Purpose {
  text: string;
  incidentId?: number | undefined;
}

export function liveGrant(cameraId: number, purpose: Purpose): AskGrant {
  return () => liveViews.ask(cameraId, purpose);
}

const liveViews = new LiveViews<Grant>(
  async (ids, { text, incidentId }) => {
    const body = { camera_ids: ids, purpose: text, incident_id: incidentId ?? null };
    const views = await unwrap(api.POST('/api/v1/cctv/live-views', { body }));
    return new Map(views.map(({ camera_id, live_hls: hls, ...addresses }) => [camera_id, { ...addresses, hls }]));
  },
  (id, { text, incidentId }) => view(id, { what: 'live', purpose: text, incident_id: incidentId ?? null }),
);

/** Addresses for a stretch of recording; `from` and `to` are milliseconds of wall time. */
export function playGrant(cameraId: number, purpose: Purpose, from: number, to: number): AskGrant {
  return () =>
    view(cameraId, {
      what: 'play',
      purpose: purpose.text,
      incident_id: purpose.incidentId ?? null,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    });
}

export function snapshotGrant(cameraId: number, purpose: Purpose): AskGrant {
  return () => view(cameraId, { what: 'snapshot', purpose: purpose.text, incident_id: null });
}

async function view(cameraId: number, body: Wish): ReturnType<AskGrant> {
  const path = { camera_id: cameraId };
  const answer = await unwrap(api.POST('/api/v1/cctv/cameras/{camera_id}/view', { params: { path }, body }));
  const { live_hls: hls, ...addresses } = answer;
  return { ...addresses, hls };
}
