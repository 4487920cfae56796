import { expect, it } from 'vitest';
import { draftOf, missing, toCamera } from './camera-form';

it('asks for name, source and place of a new camera; keeps the source of an old one', () => {
  const draft = draftOf(null);
  expect(missing(draft, true)).toEqual(['name', 'source', 'place']);
  const placed = { ...draft, name: 'Gerbang', place: { lat: 1, lon: 2 } };
  expect(missing(placed, false)).toEqual([]);
  expect(missing({ ...placed, bearing: '400', range: '' }, false)).toEqual(['bearing', 'range']);
  expect(missing({ ...placed, retention: '0', onvif: 'kamera' }, false)).toEqual(['retention', 'onvif']);
  expect(toCamera(placed).retention_h).toBeNull();
  expect(toCamera(placed)).toMatchObject({ name: 'Gerbang', source_url: '', lat: 1, lon: 2, bearing_deg: 0 });
});
