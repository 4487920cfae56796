import { expect, it } from 'vitest';
import { css, moved, WHOLE, zoomAt } from './zoom';

it('keeps the point under the finger where it is', () => {
  const zoom = zoomAt(WHOLE, 2, 0.25, 0.5);
  expect(zoom).toEqual({ scale: 2, x: -0.25, y: -0.5 });
  expect(zoomAt(zoom, 0.5, 0.9, 0.9)).toEqual(WHOLE);
});

it('never shows an empty edge', () => {
  const zoom = zoomAt(WHOLE, 2, 0, 0);
  expect(moved(zoom, 1, -5)).toEqual({ scale: 2, x: 0, y: -1 });
  expect(css(WHOLE)).toBe('none');
  expect(css(moved(zoom, -0.5, 0))).toBe('translate(-50%, 0%) scale(2)');
});
