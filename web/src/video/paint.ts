// Draws the time-line on a canvas: a day of a camera may hold thousands of pieces, too many for elements.
import { clockTime, shortStamp, zoneOffsetMs } from '@/design/format';
import type { Span } from './recording';
import { gapsOf, share, ticks, type Mark, type Motion } from './timeline';

export interface Row {
  name: string;
  recorded: readonly Span[] | null;
  motion: readonly Motion[];
  marks: readonly Mark[];
}

export interface Scene {
  view: Span;
  rows: readonly Row[];
  at: number;
  pointer: number | null;
  chosen: { from: number | null; to: number | null };
}

export const ROW_PX = 26;
const AXIS_PX = 18;
const TICK_EVERY_PX = 76;
const LEAST_PX = 1;

export const heightOf = (rows: number): number => rows * ROW_PX + AXIS_PX;

/** The colours of the present theme. */
function palette(element: Element): (token: string) => string {
  const style = getComputedStyle(element);
  return (token) => style.getPropertyValue(token).trim();
}

export function paint(canvas: HTMLCanvasElement, scene: Scene): void {
  const { width, height } = canvas.getBoundingClientRect();
  const density = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * density)) canvas.width = Math.round(width * density);
  if (canvas.height !== Math.round(height * density)) canvas.height = Math.round(height * density);
  const pen = canvas.getContext('2d');
  if (!pen) return;
  const colour = palette(canvas);
  const x = (at: number): number => share(scene.view, at) * width;
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, width, height);
  scene.rows.forEach((row, n) => paintRow(pen, row, n * ROW_PX, scene.view, x, colour));
  paintAxis(pen, scene, width, height, x, colour);
  paintChosen(pen, scene, height - AXIS_PX, x, colour);
  if (scene.pointer !== null) upright(pen, x(scene.pointer), height - AXIS_PX, 1, colour('--muted'));
  upright(pen, x(scene.at), height - AXIS_PX, 3, colour('--text'));
}

type Across = (at: number) => number;
type Colour = (token: string) => string;

function paintRow(pen: CanvasRenderingContext2D, row: Row, top: number, view: Span, x: Across, colour: Colour): void {
  const bar = { y: top + 2, h: ROW_PX - 4 };
  const fill = (span: Span, style: string | CanvasPattern, y: number, h: number): void => {
    if (span.to < view.from || span.from > view.to) return;
    const left = Math.max(-2, x(span.from));
    pen.fillStyle = style;
    pen.fillRect(left, y, Math.max(LEAST_PX, x(span.to) - left), h);
  };
  const past = { from: view.from, to: Math.min(view.to, Date.now()) };
  const stripes = hatch(pen, colour('--line-strong'));
  if (row.recorded) for (const gap of gapsOf(row.recorded, past)) fill(gap, stripes, bar.y, bar.h);
  pen.globalAlpha = 0.5;
  for (const span of row.recorded ?? []) fill(span, colour('--line-strong'), bar.y, bar.h);
  pen.globalAlpha = 1;
  for (const motion of row.motion) {
    const h = Math.max(3, bar.h * Math.min(1, Math.sqrt(motion.peak) + 0.2));
    fill(motion, colour('--p3'), bar.y + bar.h - h, h);
  }
  for (const mark of row.marks) {
    pen.fillStyle = colour('--p1');
    const left = x(mark.at);
    pen.fillRect(left - 1, bar.y, Math.max(3, x(mark.to ?? mark.at) - left), bar.h);
    pen.beginPath();
    pen.moveTo(left - 5, top);
    pen.lineTo(left + 5, top);
    pen.lineTo(left, top + 7);
    pen.fill();
  }
}

let hatched: { colour: string; pattern: CanvasPattern } | null = null;

function hatch(pen: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  if (hatched?.colour === colour) return hatched.pattern;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const brush = tile.getContext('2d')!;
  brush.strokeStyle = colour;
  brush.globalAlpha = 0.55;
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift, 8);
    brush.lineTo(shift + 8, 0);
  }
  brush.stroke();
  const pattern = pen.createPattern(tile, 'repeat');
  if (!pattern) return colour;
  hatched = { colour, pattern };
  return pattern;
}

function paintAxis(
  pen: CanvasRenderingContext2D,
  { view }: Scene,
  width: number,
  height: number,
  x: Across,
  colour: Colour,
): void {
  pen.font = '12px "Noto Sans", system-ui, sans-serif';
  pen.textBaseline = 'bottom';
  for (const { at, seconds } of ticks(view, width / TICK_EVERY_PX, zoneOffsetMs(view.from))) {
    const left = x(at);
    upright(pen, left, height - AXIS_PX + 4, 1, colour('--line-strong'), height - AXIS_PX);
    const clock = clockTime(at);
    const words =
      clock === '00:00:00' ? shortStamp(at).split(' ').slice(0, 2).join(' ') : seconds ? clock : clock.slice(0, 5);
    const half = pen.measureText(words).width / 2;
    if (left - half < 0 || left + half > width) continue;
    pen.fillStyle = colour('--muted');
    pen.fillText(words, left - half, height);
  }
}

function paintChosen(pen: CanvasRenderingContext2D, scene: Scene, bottom: number, x: Across, colour: Colour): void {
  const { from, to } = scene.chosen;
  if (from !== null && to !== null) {
    pen.fillStyle = colour('--text');
    pen.globalAlpha = 0.22;
    pen.fillRect(x(from), 0, x(to) - x(from), bottom);
    pen.globalAlpha = 1;
  }
  for (const edge of [from, to]) if (edge !== null) upright(pen, x(edge), bottom, 2, colour('--text'));
}

function upright(
  pen: CanvasRenderingContext2D,
  at: number,
  bottom: number,
  width: number,
  style: string,
  top = 0,
): void {
  pen.fillStyle = style;
  pen.fillRect(Math.round(at - width / 2), top, width, bottom - top);
}
