// Small plane geometry near one place: good to 0.1 % over a city. Degrees in, metres between.
import type { LonLat, MapCamera } from './types';

const METRES_PER_DEGREE = 111_195;

export function offset(from: LonLat, bearing: number, metres: number): [number, number] {
  const angle = (bearing * Math.PI) / 180;
  const north = (Math.cos(angle) * metres) / METRES_PER_DEGREE;
  const east = (Math.sin(angle) * metres) / (METRES_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180));
  return [from.lon + east, from.lat + north];
}

export function distance_m(a: LonLat, b: LonLat): number {
  const north = (b.lat - a.lat) * METRES_PER_DEGREE;
  const east = (b.lon - a.lon) * METRES_PER_DEGREE * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return Math.hypot(north, east);
}

/** Degrees clockwise from north, 0 to 360. */
export function bearingTo(a: LonLat, b: LonLat): number {
  const east = (b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180);
  return ((Math.atan2(east, b.lat - a.lat) * 180) / Math.PI + 360) % 360;
}

/** The sector a camera sees, as a closed ring; null where its direction is not known. */
export function fieldOfView(camera: MapCamera): [number, number][] | null {
  if (camera.bearing === null) return null;
  const fov = camera.fov ?? 70;
  const range = camera.range_m ?? 60;
  const steps = Math.max(2, Math.ceil(fov / 8));
  const arc = Array.from({ length: steps + 1 }, (_, step) =>
    offset(camera, camera.bearing! - fov / 2 + (fov * step) / steps, range),
  );
  const tip: [number, number] = [camera.lon, camera.lat];
  return [tip, ...arc, tip];
}
