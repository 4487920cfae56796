// The base map's look, dark and light, over our own tile layers (`sigap city import` makes them).
// No glyph address: MapLibre then draws labels from the page's fonts, and nothing leaves the machine.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Theme } from '@/design/theme.svelte';

interface Palette {
  land: string;
  water: string;
  green: string;
  built: string;
  building: string;
  minor: string;
  road: string;
  major: string;
  casing: string;
  rail: string;
  label: string;
  halo: string;
}

const PALETTES: Record<Theme, Palette> = {
  dark: {
    land: '#14181b',
    water: '#1b2a35',
    green: '#18211c',
    built: '#181c1f',
    building: '#22282c',
    minor: '#343c42',
    road: '#434c53',
    major: '#58636b',
    casing: '#0c0f11',
    rail: '#31383d',
    label: '#a9b3ba',
    halo: '#101315',
  },
  light: {
    land: '#f2f3f3',
    water: '#c7d9e5',
    green: '#e0eadf',
    built: '#ebecec',
    building: '#dcdfe1',
    minor: '#ffffff',
    road: '#ffffff',
    major: '#ffffff',
    casing: '#ccd1d5',
    rail: '#b9bfc4',
    label: '#3f484f',
    halo: '#ffffff',
  },
};

const FONT = ['Noto Sans'];
const BASE = 'base';

export function mapStyle(theme: Theme, tilesUrl: string | null): StyleSpecification {
  const palette = PALETTES[theme];
  const background: LayerSpecification = {
    id: 'land',
    type: 'background',
    paint: { 'background-color': palette.land },
  };
  if (tilesUrl === null) return { version: 8, sources: {}, layers: [background] };
  return {
    version: 8,
    sources: { [BASE]: { type: 'vector', url: `pmtiles://${tilesUrl}` } },
    layers: [background, ...grounds(palette), ...lines(palette), ...labels(palette)],
  };
}

function grounds(palette: Palette): LayerSpecification[] {
  const area = (id: string, color: string, extra: object = {}): LayerSpecification =>
    ({
      id,
      type: 'fill',
      source: BASE,
      'source-layer': id,
      paint: { 'fill-color': color },
      ...extra,
    }) as LayerSpecification;
  const green = [
    'forest',
    'grass',
    'park',
    'garden',
    'wood',
    'scrub',
    'grassland',
    'wetland',
    'meadow',
    'recreation_ground',
    'golf_course',
    'pitch',
    'cemetery',
    'orchard',
    'farmland',
    'village_green',
  ];
  return [
    {
      id: 'landuse',
      type: 'fill',
      source: BASE,
      'source-layer': 'landuse',
      paint: { 'fill-color': ['match', ['get', 'kind'], green, palette.green, palette.built] },
    },
    area('water', palette.water),
    {
      id: 'waterway',
      type: 'line',
      source: BASE,
      'source-layer': 'waterway',
      paint: { 'line-color': palette.water, 'line-width': byZoom([10, 0.8], [16, 4]) },
    },
    area('buildings', palette.building, { minzoom: 14 }),
  ];
}

function lines(palette: Palette): LayerSpecification[] {
  const major = ['motorway', 'trunk', 'primary'];
  const middle = ['secondary', 'tertiary'];
  const path = ['footway', 'path', 'cycleway', 'steps', 'pedestrian', 'track'];
  const is = (kinds: string[]): ExpressionSpecification => ['in', ['get', 'kind'], ['literal', kinds]];
  const road = (
    id: string,
    filter: ExpressionSpecification,
    color: string,
    width: ExpressionSpecification,
    extra = {},
  ): LayerSpecification => ({
    id,
    type: 'line',
    source: BASE,
    'source-layer': 'roads',
    filter,
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': color, 'line-width': width, ...extra },
  });
  const minor: ExpressionSpecification = ['!', is([...major, ...middle, ...path])];
  return [
    road('roads-path', is(path), palette.casing, byZoom([14, 0.6], [18, 2]), { 'line-dasharray': [2, 2] }),
    road('roads-minor-casing', minor, palette.casing, byZoom([12, 0.6], [18, 13])),
    road('roads-middle-casing', is(middle), palette.casing, byZoom([9, 0.8], [18, 18])),
    road('roads-major-casing', is(major), palette.casing, byZoom([6, 1.2], [18, 24])),
    road('roads-minor', minor, palette.minor, byZoom([12, 0.4], [18, 11])),
    road('roads-middle', is(middle), palette.road, byZoom([9, 0.5], [18, 16])),
    road('roads-major', is(major), palette.major, byZoom([6, 0.8], [18, 21])),
    {
      id: 'rail',
      type: 'line',
      source: BASE,
      'source-layer': 'rail',
      paint: { 'line-color': palette.rail, 'line-width': byZoom([10, 0.6], [18, 3]), 'line-dasharray': [4, 2] },
    },
    {
      id: 'boundaries',
      type: 'line',
      source: BASE,
      'source-layer': 'boundaries',
      paint: { 'line-color': palette.label, 'line-width': 1, 'line-dasharray': [3, 3], 'line-opacity': 0.5 },
    },
  ];
}

function labels(palette: Palette): LayerSpecification[] {
  const paint = { 'text-color': palette.label, 'text-halo-color': palette.halo, 'text-halo-width': 1.4 };
  const name: ExpressionSpecification = ['get', 'name'];
  return [
    {
      id: 'road-names',
      type: 'symbol',
      source: BASE,
      'source-layer': 'roads',
      minzoom: 13,
      filter: ['!=', name, ''],
      layout: {
        'text-field': name,
        'text-font': FONT,
        'text-size': byZoom([13, 11], [18, 14]),
        'symbol-placement': 'line',
        'symbol-spacing': 320,
      },
      paint,
    },
    {
      id: 'pois',
      type: 'symbol',
      source: BASE,
      'source-layer': 'pois',
      minzoom: 15,
      filter: ['!=', name, ''],
      layout: { 'text-field': name, 'text-font': FONT, 'text-size': 11, 'text-max-width': 8 },
      paint,
    },
    {
      id: 'places',
      type: 'symbol',
      source: BASE,
      'source-layer': 'places',
      layout: {
        'text-field': name,
        'text-font': FONT,
        'text-size': ['match', ['get', 'kind'], ['city', 'town'], 17, ['suburb', 'quarter'], 13, 12],
        'text-max-width': 8,
      },
      paint,
    },
  ];
}

function byZoom(...stops: [zoom: number, width: number][]): ExpressionSpecification {
  return ['interpolate', ['exponential', 1.5], ['zoom'], ...stops.flat()] as ExpressionSpecification;
}
