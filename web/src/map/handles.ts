// Points on the map that can be dragged, or moved by arrow keys once they have the focus.
import { Marker, type Map as GlMap } from 'maplibre-gl';
import './handles.css';
import type { LonLat, MapHandle } from './types';

const STEP_PX = 6;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Handles {
  private readonly markers = new Map<string, Marker>();

  constructor(
    private readonly map: GlMap,
    private readonly onmove: (id: string, at: LonLat) => void,
  ) {}

  /** Shows exactly these; one that stays keeps its focus and an ongoing drag. */
  set(handles: readonly MapHandle[]): void {
    const wanted = new Set(handles.map((handle) => handle.id));
    for (const [id, marker] of this.markers) {
      if (wanted.has(id)) continue;
      marker.remove();
      this.markers.delete(id);
    }
    for (const handle of handles) this.show(handle);
  }

  private show(handle: MapHandle): void {
    const at: [number, number] = [handle.at.lon, handle.at.lat];
    const known = this.markers.get(handle.id);
    if (known) {
      known.setLngLat(at);
      return;
    }
    const element = document.createElement('button');
    element.type = 'button';
    element.className = `map-handle ${handle.kind}`;
    element.setAttribute('aria-label', handle.label);
    element.title = handle.label;
    const marker = new Marker({ element, draggable: true }).setLngLat(at).addTo(this.map);
    marker.on('drag', () => {
      const to = marker.getLngLat();
      this.onmove(handle.id, { lon: to.lng, lat: to.lat });
    });
    element.addEventListener('keydown', (event) => this.key(event, handle.id, marker));
    // A click on a handle is no click on the ground below it.
    element.addEventListener('click', (event) => event.stopPropagation());
    this.markers.set(handle.id, marker);
  }

  private key(event: KeyboardEvent, id: string, marker: Marker): void {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const pace = STEP_PX * (event.shiftKey ? 5 : 1);
    const spot = this.map.project(marker.getLngLat());
    const to = this.map.unproject([spot.x + step[0] * pace, spot.y + step[1] * pace]);
    this.onmove(id, { lon: to.lng, lat: to.lat });
  }
}
