// What the console asks of the core, beyond the live board.
import { api, unwrap } from '@/api/client';
import type { LonLat, MapArea } from '@/map/types';
import { session } from './session.svelte';

const signalPath = (id: number) => ({ params: { path: { signal_id: id } } });
const incidentPath = (id: number) => ({ params: { path: { incident_id: id } } });

export const loadSnapshot = () => unwrap(api.GET('/api/v1/console/snapshot'));

export const loadSignal = (id: number) => unwrap(api.GET('/api/v1/signals/{signal_id}', signalPath(id)));
export const loadAlarms = (id: number) => unwrap(api.GET('/api/v1/signals/{signal_id}/alarms', signalPath(id)));
export const loadProposals = (id: number) => unwrap(api.GET('/api/v1/signals/{signal_id}/proposals', signalPath(id)));
export const askSource = (id: number) => unwrap(api.POST('/api/v1/signals/{signal_id}/source', signalPath(id)));

export const loadIncident = (id: number) => unwrap(api.GET('/api/v1/incidents/{incident_id}', incidentPath(id)));
export const loadRanking = (id: number) => unwrap(api.GET('/api/v1/incidents/{incident_id}/units', incidentPath(id)));
export const loadAssignments = (id: number) =>
  unwrap(api.GET('/api/v1/incidents/{incident_id}/assignments', incidentPath(id)));
export const loadRoute = (unitId: number, incident: number) =>
  unwrap(api.GET('/api/v1/units/{unit_id}/route', { params: { path: { unit_id: unitId }, query: { incident } } }));
export const searchIncidents = (text: string) =>
  unwrap(api.GET('/api/v1/incidents', { params: { query: { text, limit: 12 } } }));

export const loadCamerasNear = (at: LonLat, limit = 8) =>
  unwrap(api.GET('/api/v1/cctv/cameras/near', { params: { query: { lat: at.lat, lon: at.lon, limit } } }));

/** Landmarks, streets and areas of this city, as typed. */
export const searchPlaces = (q: string, signal?: AbortSignal) =>
  unwrap(
    api.GET('/api/v1/public/{city_code}/places', {
      params: { path: { city_code: session.city.code }, query: { q, limit: 10 } },
      ...(signal ? { signal } : {}),
    }),
  );

/** The name of the area that holds a point. */
export const whereIs = (at: LonLat) =>
  unwrap(
    api.GET('/api/v1/public/{city_code}/where', {
      params: { path: { city_code: session.city.code }, query: { lat: at.lat, lon: at.lon } },
    }),
  );

export async function loadAreas(): Promise<MapArea[]> {
  const { features } = await unwrap(api.GET('/api/v1/city/areas'));
  return (features as { properties: { id: number; name: string }; geometry: GeoJSON.Geometry }[]).map((feature) => ({
    id: String(feature.properties.id),
    name: feature.properties.name,
    geometry: feature.geometry,
  }));
}
