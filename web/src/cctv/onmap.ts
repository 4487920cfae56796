// A camera row as the map draws it.
import type { CameraRow } from '@/api/types';
import type { MapCamera } from '@/map/types';

export function toMapCamera(row: CameraRow): MapCamera {
  return {
    id: String(row.id),
    name: row.name,
    lon: row.lon,
    lat: row.lat,
    state: row.state,
    bearing: row.bearing_deg,
    fov: row.field_of_view_deg,
    range_m: row.range_m,
  };
}
