import { describe, expect, it } from 'vitest';
import { partsOf } from './draft.svelte';

const report = {
  photo: null,
  place: { lat: -6.2, lon: 106.8 },
  placeText: '',
  areaName: 'Gambir',
  category: 'road-damage',
  text: '  Lubang besar ',
  name: '',
  phone: '',
};

describe('the report as a form', () => {
  it('holds what was said and leaves out what was not', () => {
    expect(partsOf(report, null)).toEqual([
      ['lat', '-6.2'],
      ['lon', '106.8'],
      ['category', 'road-damage'],
      ['text', 'Lubang besar'],
    ]);
  });
  it('holds the photo beside it', () => {
    const photo = new Blob(['x']);
    expect(partsOf(report, photo).at(-1)).toEqual(['photo', photo, 'photo.jpg']);
  });
});
