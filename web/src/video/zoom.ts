// Digital zoom of a picture by wheel, two fingers or drag. The maths is pure; `zoomable` ties it to an element.

export interface Zoom {
  scale: number;
  /** Where the left upper corner of the whole picture lies, in widths and heights of the frame; ≤ 0. */
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
const MOST = 12;
const WHEEL_SPEED = 0.0018;

/** Zooms by `factor` so that the point (shares of the frame) stays where it is. */
export function zoomAt(zoom: Zoom, factor: number, px: number, py: number): Zoom {
  const scale = Math.min(MOST, Math.max(1, zoom.scale * factor));
  const grown = scale / zoom.scale;
  return kept({ scale, x: px - (px - zoom.x) * grown, y: py - (py - zoom.y) * grown });
}

export function moved(zoom: Zoom, dx: number, dy: number): Zoom {
  return kept({ ...zoom, x: zoom.x + dx, y: zoom.y + dy });
}

/** No empty edge comes into the frame. */
function kept({ scale, x, y }: Zoom): Zoom {
  const inside = (value: number): number => Math.min(0, Math.max(1 - scale, value));
  return { scale, x: inside(x), y: inside(y) };
}

export function css({ scale, x, y }: Zoom): string {
  return scale === 1 ? 'none' : `translate(${x * 100}%, ${y * 100}%) scale(${scale})`;
}

/** An attachment: `get` and `set` hold the zoom. A plain click stays a click. */
export function zoomable(get: () => Zoom, set: (zoom: Zoom) => void) {
  return (frame: HTMLElement): (() => void) => {
    const fingers = new Map<number, { x: number; y: number }>();
    const at = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
      const box = frame.getBoundingClientRect();
      return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    };
    const wheel = (event: WheelEvent): void => {
      if (get().scale === 1 && event.deltaY > 0) return;
      event.preventDefault();
      const { x, y } = at(event);
      set(zoomAt(get(), Math.exp(-event.deltaY * WHEEL_SPEED), x, y));
    };
    const down = (event: PointerEvent): void => {
      if ((event.target as Element).closest('button, a, [role=slider]')) return;
      fingers.set(event.pointerId, at(event));
    };
    const move = (event: PointerEvent): void => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = at(event);
      fingers.set(event.pointerId, now);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const factor =
          Math.hypot(now.x - other.x, now.y - other.y) / Math.hypot(before.x - other.x, before.y - other.y);
        if (Number.isFinite(factor)) set(zoomAt(get(), factor, (now.x + other.x) / 2, (now.y + other.y) / 2));
      } else if (get().scale > 1) set(moved(get(), now.x - before.x, now.y - before.y));
    };
    const up = (event: PointerEvent): void => void fingers.delete(event.pointerId);
    frame.addEventListener('wheel', wheel, { passive: false });
    frame.addEventListener('pointerdown', down);
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', up);
    return () => {
      frame.removeEventListener('wheel', wheel);
      frame.removeEventListener('pointerdown', down);
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', up);
    };
  };
}
