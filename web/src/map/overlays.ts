// The live layers over the base map: areas, fields of view, routes, cameras, units, incidents.
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { token } from '@/design/theme.svelte';
import { fieldOfView } from './geometry';
import type { LonLat, MapArea, MapCamera, MapIncident, MapRoute, MapUnit, Picked } from './types';

export interface Overlays {
  areas: readonly MapArea[];
  cameras: readonly MapCamera[];
  units: readonly MapUnit[];
  incidents: readonly MapIncident[];
  routes: readonly MapRoute[];
  pin: LonLat | null;
  selected: Picked | null;
}

const SOURCES = ['areas', 'views', 'routes', 'starts', 'cameras', 'units', 'incidents', 'pin'] as const;
type Source = (typeof SOURCES)[number];

/** Layers that can be clicked, topmost first, and what a click on them picks. */
export const PICKABLE: readonly [layer: string, kind: Picked['kind']][] = [
  ['incidents', 'incident'],
  ['units', 'unit'],
  ['cameras', 'camera'],
  ['areas', 'area'],
];

export function addOverlays(map: GlMap): void {
  for (const source of SOURCES) {
    if (!map.getSource(source)) map.addSource(source, { type: 'geojson', data: collection([]) });
  }
  for (const layer of layers()) if (!map.getLayer(layer.id)) map.addLayer(layer);
}

function layers(): LayerSpecification[] {
  const chosen: ExpressionSpecification = ['get', 'selected'];
  return [
    {
      id: 'areas',
      type: 'fill',
      source: 'areas',
      paint: { 'fill-color': token('text'), 'fill-opacity': ['case', chosen, 0.14, 0.04] },
    },
    {
      id: 'areas-edge',
      type: 'line',
      source: 'areas',
      paint: { 'line-color': token('muted'), 'line-width': ['case', chosen, 2.5, 0.8] },
    },
    {
      id: 'views',
      type: 'fill',
      source: 'views',
      paint: {
        'fill-color': ['case', ['get', 'up'], token('text'), token('p1')],
        'fill-opacity': ['case', chosen, 0.34, 0.13],
      },
    },
    {
      id: 'routes-edge',
      type: 'line',
      source: 'routes',
      layout: round(),
      paint: { 'line-color': token('surface'), 'line-width': 9 },
    },
    {
      id: 'routes',
      type: 'line',
      source: 'routes',
      layout: round(),
      paint: { 'line-color': ['case', ['get', 'best'], token('p3'), token('p4')], 'line-width': 5 },
    },
    { id: 'selected', type: 'circle', source: 'incidents', filter: chosen, paint: halo(20) },
    { id: 'selected-units', type: 'circle', source: 'units', filter: chosen, paint: halo(18) },
    { id: 'selected-cameras', type: 'circle', source: 'cameras', filter: chosen, paint: halo(17) },
    { id: 'cameras', type: 'symbol', source: 'cameras', layout: mark(['concat', 'camera-', ['get', 'tone']], 15.5) },
    {
      id: 'units',
      type: 'symbol',
      source: 'units',
      layout: mark(['concat', 'unit-', ['get', 'tone']], 13),
      paint: text(),
    },
    { id: 'incidents', type: 'symbol', source: 'incidents', layout: mark(['get', 'icon'], 13), paint: text() },
    {
      id: 'route-starts',
      type: 'symbol',
      source: 'starts',
      layout: {
        'text-field': ['get', 'label'],
        'text-font': ['Noto Sans'],
        'text-size': 14,
        'text-anchor': 'bottom',
        'text-offset': [0, -0.9],
        'symbol-sort-key': ['get', 'sort'],
      },
      paint: text(),
    },
    {
      id: 'pin',
      type: 'circle',
      source: 'pin',
      paint: {
        'circle-radius': 9,
        'circle-color': token('surface'),
        'circle-stroke-color': token('text'),
        'circle-stroke-width': 5,
      },
    },
  ];
}

function round(): { 'line-cap': 'round'; 'line-join': 'round' } {
  return { 'line-cap': 'round', 'line-join': 'round' };
}

function halo(radius: number): object {
  return {
    'circle-radius': radius,
    'circle-color': 'rgba(0,0,0,0)',
    'circle-stroke-color': token('text'),
    'circle-stroke-width': 2.5,
  };
}

function mark(icon: ExpressionSpecification, labelsFrom: number): object {
  return {
    'icon-image': icon,
    'icon-allow-overlap': true,
    'icon-ignore-placement': true,
    'symbol-sort-key': ['get', 'sort'],
    'text-field': ['step', ['zoom'], '', labelsFrom, ['get', 'label']],
    'text-font': ['Noto Sans'],
    'text-size': 12,
    'text-anchor': 'top',
    'text-offset': [0, 1.1],
    'text-optional': true,
    'text-max-width': 10,
  };
}

function text(): object {
  return { 'text-color': token('text'), 'text-halo-color': token('surface'), 'text-halo-width': 1.6 };
}

/** What each source is made from: it is built anew only when one of these is another object. */
const INPUTS: Record<Source, readonly (keyof Overlays)[]> = {
  areas: ['areas', 'selected'],
  views: ['cameras', 'selected'],
  routes: ['routes'],
  starts: ['routes'],
  cameras: ['cameras', 'selected'],
  units: ['units', 'selected'],
  incidents: ['incidents', 'selected'],
  pin: ['pin'],
};

/** Hands to the map what changed since `before`; everything where there is no before. */
export function update(map: GlMap, data: Overlays, before: Overlays | null): void {
  for (const source of SOURCES) {
    if (before && INPUTS[source].every((input) => before[input] === data[input])) continue;
    const target = map.getSource(source);
    if (target) (target as GeoJSONSource).setData(FEATURES[source](data));
  }
}

const FEATURES: Record<Source, (data: Overlays) => GeoJSON.FeatureCollection> = {
  areas: (data) =>
    collection(
      data.areas.map((area) =>
        feature(area.geometry, { id: area.id, label: area.name, selected: isSelected(data, 'area', area.id) }),
      ),
    ),
  views: (data) =>
    collection(
      data.cameras.flatMap((camera) => {
        const ring = fieldOfView(camera);
        const properties = { up: camera.state === 'up', selected: isSelected(data, 'camera', camera.id) };
        return ring ? [feature({ type: 'Polygon', coordinates: [ring] }, properties)] : [];
      }),
    ),
  routes: (data) =>
    collection(
      [...data.routes]
        .sort((a, b) => Number(a.best) - Number(b.best))
        .map((route) =>
          feature({ type: 'LineString', coordinates: route.line }, { label: route.label, best: route.best }),
        ),
    ),
  starts: (data) =>
    collection(
      data.routes.flatMap((route) => {
        const [first] = route.line;
        return first
          ? [feature({ type: 'Point', coordinates: first }, { label: route.label, sort: route.best ? 0 : 1 })]
          : [];
      }),
    ),
  cameras: (data) =>
    collection(
      data.cameras.map((camera) =>
        feature(point(camera), {
          id: camera.id,
          label: camera.name,
          tone: camera.state === 'up' ? 'up' : 'down',
          sort: 0,
          selected: isSelected(data, 'camera', camera.id),
        }),
      ),
    ),
  units: (data) =>
    collection(
      data.units.map((unit) =>
        feature(point(unit), {
          id: unit.id,
          label: unit.name,
          tone: unit.tone,
          sort: 0,
          selected: isSelected(data, 'unit', unit.id),
        }),
      ),
    ),
  incidents: (data) =>
    collection(
      data.incidents.map((incident) =>
        feature(point(incident), {
          id: incident.id,
          label: incident.label,
          icon: `${incident.signal ? 'signal' : 'incident'}-${incident.priority}`,
          // The more urgent lies on top, an incident over its signals.
          sort: (incident.signal ? 0 : 10) - incident.priority,
          selected: isSelected(data, 'incident', incident.id),
        }),
      ),
    ),
  pin: (data) => collection(data.pin ? [feature(point(data.pin), {})] : []),
};

function isSelected(data: Overlays, kind: Picked['kind'], id: string): boolean {
  return data.selected?.kind === kind && data.selected.id === id;
}

function point(at: LonLat): GeoJSON.Point {
  return { type: 'Point', coordinates: [at.lon, at.lat] };
}

function feature(geometry: GeoJSON.Geometry, properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature {
  return { type: 'Feature', geometry, properties };
}

function collection(features: GeoJSON.Feature[]): GeoJSON.FeatureCollection {
  return { type: 'FeatureCollection', features };
}
