// What the map is given: plain shapes, so that any page can use it. Angles in degrees, lengths in metres.

export interface LonLat {
  lon: number;
  lat: number;
}

export interface MapCamera extends LonLat {
  id: string;
  name: string;
  /** "up", or anything else for a camera without a picture. */
  state: string;
  /** Clockwise from north; null where it was never set. */
  bearing: number | null;
  fov: number | null;
  range_m: number | null;
}

export interface MapUnit extends LonLat {
  id: string;
  name: string;
  tone: 'free' | 'moving' | 'busy' | 'off';
}

export interface MapIncident extends LonLat {
  id: string;
  label: string;
  priority: number;
  /** A signal is not yet an incident: it is drawn as a square. */
  signal?: boolean;
}

export interface MapArea {
  id: string;
  name: string;
  geometry: GeoJSON.Geometry;
}

export interface MapRoute {
  id: string;
  label: string;
  best: boolean;
  line: [number, number][];
}

/** A point that can be dragged. */
export interface MapHandle {
  id: string;
  at: LonLat;
  label: string;
  kind: 'place' | 'aim' | 'edge';
}

export type Picked = { kind: 'camera' | 'unit' | 'incident' | 'area'; id: string };
