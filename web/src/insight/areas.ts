// Areas as the map draws them.
import type { components } from '@/api/schema';
import type { MapArea } from '@/map/types';

export type AreaFeature = components['schemas']['AreaFeature'];
export type AreaPageData = components['schemas']['AreaPage'];
export type AreaLevel = components['schemas']['AreaLevel'];

export function areasOnMap(features: readonly AreaFeature[]): MapArea[] {
  return features.map((feature) => ({
    id: String(feature.properties.id),
    name: feature.properties.name,
    // The generated types know GeoJSON only as an object.
    geometry: feature.geometry as unknown as GeoJSON.Geometry,
  }));
}
