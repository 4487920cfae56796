// A camera's place and field of view as points that can be dragged. Pure. Degrees and metres.
import { bearingTo, distance_m, offset } from '@/map/geometry';
import type { LonLat } from '@/map/types';

export interface Sight {
  bearing: number;
  fov: number;
  range: number;
}

export const LIMITS = { fov: [5, 360], range: [1, 5000] } as const;

/** Where the ends of the view lie: its middle, and its right edge. */
export function aimAt(place: LonLat, sight: Sight): LonLat {
  return lonLat(offset(place, sight.bearing, sight.range));
}

export function edgeAt(place: LonLat, sight: Sight): LonLat {
  return lonLat(offset(place, sight.bearing + sight.fov / 2, sight.range));
}

/** The view after its middle was dragged to `at`. */
export function aimed(place: LonLat, sight: Sight, at: LonLat): Sight {
  const range = clamp(Math.round(distance_m(place, at)), LIMITS.range);
  return { ...sight, range, bearing: Math.round(bearingTo(place, at)) % 360 };
}

/** The view after its right edge was dragged to `at`: it opens to both sides. */
export function opened(place: LonLat, sight: Sight, at: LonLat): Sight {
  const half = (bearingTo(place, at) - sight.bearing + 360) % 360;
  // Past the camera's back the edge would come in from the other side: all round is the most.
  const fov = half > 270 ? LIMITS.fov[0] : Math.min(half, 180) * 2;
  return { ...sight, fov: clamp(Math.round(fov), LIMITS.fov) };
}

/** Ground in the field of view, in square metres, if nothing stood in the way. */
export function area_m2(sight: Sight): number {
  return (Math.PI * sight.range ** 2 * sight.fov) / 360;
}

/** 0 north, 1 north-east, … 7 north-west. */
export function wind(bearing: number): number {
  return Math.round(bearing / 45) % 8;
}

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

function lonLat([lon, lat]: [number, number]): LonLat {
  return { lon, lat };
}
