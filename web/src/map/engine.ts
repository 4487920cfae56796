// MapLibre, set up to need nothing but this machine: worker file bundled, PMTiles by Range, own style.
// Loaded only where a map is shown (dynamic import in MapView), so that first pages stay small.
import { addProtocol, Map as GlMap, setWorkerUrl, type MapOptions } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { PMTiles, Protocol } from 'pmtiles';
import type { Theme } from '@/design/theme.svelte';
import { addIcons } from './icons';
import { addOverlays, PICKABLE, update, type Overlays } from './overlays';
import { Handles } from './handles';
import { mapStyle } from './style';
import type { LonLat, MapHandle, Picked } from './types';

setWorkerUrl(workerUrl);
const protocol = new Protocol();
addProtocol('pmtiles', protocol.tile);

export type Bounds = [west: number, south: number, east: number, north: number];

export interface CityMapOptions {
  container: HTMLElement;
  tilesUrl: string | null;
  theme: Theme;
  centre: LonLat | null;
  zoom: number;
  /** West, south, east, north: what to show first where no centre is given, and as the whole city. */
  bounds: Bounds | null;
  words: Record<string, string>;
  onpick: (picked: Picked | null, at: LonLat) => void;
  onmove: (centre: LonLat, zoom: number) => void;
  onhandle: (id: string, at: LonLat) => void;
}

export interface CityMap {
  draw: (data: Overlays) => void;
  setHandles: (handles: readonly MapHandle[]) => void;
  setTheme: (theme: Theme) => void;
  flyTo: (at: LonLat, zoom?: number) => void;
  fit: (points: readonly LonLat[]) => void;
  zoomBy: (steps: number) => void;
  wholeCity: () => void;
  /** False when there is no base map for this city: points stand on a neutral ground. */
  hasBase: boolean;
  remove: () => void;
}

export function webglWorks(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

export async function createCityMap(options: CityMapOptions): Promise<CityMap> {
  await document.fonts.load('400 16px "Noto Sans"').catch(() => undefined);
  const base = await openBase(options.tilesUrl);
  const tiles = base ? options.tilesUrl : null;
  const map = new GlMap(glOptions(options, tiles, options.bounds ?? base?.bounds ?? null));
  const whole = options.bounds ?? base?.bounds ?? null;
  let data: Overlays | null = null;
  let drawn: Overlays | null = null;
  let frame = 0;

  // Changes come in bursts (units drive): the map takes them once a frame.
  const flush = (): void => {
    frame = 0;
    if (!data || !map.getSource('pin')) return;
    update(map, data, drawn);
    drawn = data;
  };

  const dress = (): void => {
    addIcons(map);
    addOverlays(map);
    drawn = null;
    flush();
  };
  map.on('style.load', dress);
  map.on('click', (event) => options.onpick(pickAt(map, event.point), lonLat(event.lngLat)));
  map.on('mousemove', (event) => {
    map.getCanvas().style.cursor = pickAt(map, event.point) ? 'pointer' : '';
  });
  map.on('moveend', () => options.onmove(lonLat(map.getCenter()), map.getZoom()));

  const handles = new Handles(map, options.onhandle);
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  return {
    hasBase: base !== null,
    draw(next) {
      data = next;
      frame ||= requestAnimationFrame(flush);
    },
    setHandles: (list) => handles.set(list),
    setTheme: (theme) => map.setStyle(mapStyle(theme, tiles), { diff: false }),
    flyTo: (at, zoom = Math.max(map.getZoom(), 15.5)) =>
      map.easeTo({ center: [at.lon, at.lat], zoom, duration: calm ? 0 : 350 }),
    fit: (points) => fit(map, points, calm),
    zoomBy: (steps) => map.zoomTo(map.getZoom() + steps, { duration: calm ? 0 : 200 }),
    wholeCity: () => whole && map.fitBounds(whole, { padding: 24, duration: calm ? 0 : 350 }),
    remove: () => {
      cancelAnimationFrame(frame);
      map.remove();
    },
  };
}

interface Base {
  bounds: Bounds;
}

/** Reads the header of the tiles; null where there are none, so that the map opens all the same. */
async function openBase(url: string | null): Promise<Base | null> {
  if (url === null) return null;
  try {
    const archive = new PMTiles(url);
    const header = await archive.getHeader();
    protocol.add(archive);
    return { bounds: [header.minLon, header.minLat, header.maxLon, header.maxLat] };
  } catch {
    return null;
  }
}

function glOptions(options: CityMapOptions, tiles: string | null, whole: Bounds | null): MapOptions {
  const place: Partial<MapOptions> = options.centre
    ? { center: [options.centre.lon, options.centre.lat], zoom: options.zoom }
    : whole
      ? { bounds: whole, fitBoundsOptions: { padding: 24 } }
      : { center: [106.83, -6.2], zoom: 11 };
  return {
    container: options.container,
    style: mapStyle(options.theme, tiles),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    fadeDuration: 0,
    locale: options.words,
    ...place,
  };
}

function pickAt(map: GlMap, at: { x: number; y: number }): Picked | null {
  const reach = matchMedia('(pointer: coarse)').matches ? 14 : 4;
  for (const [layer, kind] of PICKABLE) {
    if (!map.getLayer(layer)) continue;
    const spot: [[number, number], [number, number]] =
      kind === 'area'
        ? [
            [at.x, at.y],
            [at.x, at.y],
          ]
        : [
            [at.x - reach, at.y - reach],
            [at.x + reach, at.y + reach],
          ];
    const id = map.queryRenderedFeatures(spot, { layers: [layer] })[0]?.properties?.['id'] as unknown;
    if (typeof id === 'string') return { kind, id };
  }
  return null;
}

function fit(map: GlMap, points: readonly LonLat[], calm: boolean): void {
  if (points.length === 0) return;
  const lons = points.map((p) => p.lon);
  const lats = points.map((p) => p.lat);
  map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], {
    padding: 64,
    maxZoom: 16,
    duration: calm ? 0 : 350,
  });
}

function lonLat(at: { lng: number; lat: number }): LonLat {
  return { lon: at.lng, lat: at.lat };
}
