// Marks of the map, drawn on a canvas in the theme's colours: shape and colour say the same thing twice.
import type { Map as GlMap } from 'maplibre-gl';
import { token } from '@/design/theme.svelte';

const SIZE = 44;
type Draw = (pen: CanvasRenderingContext2D, color: string, edge: string) => void;

const incident =
  (priority: number): Draw =>
  (pen, color, edge) => {
    ring(pen, 15, edge, edge);
    if (priority === 1) ring(pen, 13, color, color);
    else ring(pen, 12, priority === 3 ? edge : edge, color, 4);
    if (priority === 2) half(pen, 12, color);
    if (priority === 4) ring(pen, 5, color, color);
  };

const signal =
  (priority: number): Draw =>
  (pen, color, edge) => {
    box(pen, 13, edge, edge);
    box(pen, 11, priority === 1 ? color : edge, color, 4);
    if (priority === 2) {
      pen.fillStyle = color;
      pen.fillRect(SIZE / 2 - 11, SIZE / 2 - 11, 11, 22);
    }
    if (priority === 4) ring(pen, 4, color, color);
  };

const unit =
  (hollow: boolean): Draw =>
  (pen, color, edge) => {
    triangle(pen, 17, edge, edge);
    triangle(pen, 12, hollow ? edge : color, color);
  };

const camera =
  (up: boolean): Draw =>
  (pen, color, edge) => {
    ring(pen, 13, edge, edge);
    ring(pen, 10, edge, color, 3);
    if (up) {
      pen.fillStyle = color;
      pen.beginPath();
      pen.moveTo(SIZE / 2, SIZE / 2);
      pen.arc(SIZE / 2, SIZE / 2, 10, -Math.PI / 2, 0);
      pen.fill();
    } else {
      pen.strokeStyle = color;
      pen.lineWidth = 3;
      pen.beginPath();
      pen.moveTo(SIZE / 2 - 8, SIZE / 2 + 8);
      pen.lineTo(SIZE / 2 + 8, SIZE / 2 - 8);
      pen.stroke();
    }
  };

const MARKS: Record<string, [Draw, colour: string]> = {
  ...Object.fromEntries([1, 2, 3, 4].map((p) => [`incident-${p}`, [incident(p), `p${p}`]])),
  ...Object.fromEntries([1, 2, 3, 4].map((p) => [`signal-${p}`, [signal(p), `p${p}`]])),
  'unit-free': [unit(false), 'done'],
  'unit-moving': [unit(false), 'p3'],
  'unit-busy': [unit(false), 'p2'],
  'unit-off': [unit(true), 'p4'],
  'camera-up': [camera(true), 'text'],
  'camera-down': [camera(false), 'p1'],
};

/** Puts every mark into the map; again after a change of theme. */
export function addIcons(map: GlMap): void {
  const edge = token('surface');
  for (const [name, [draw, colour]] of Object.entries(MARKS)) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = SIZE;
    const pen = canvas.getContext('2d');
    if (!pen) continue;
    draw(pen, token(colour), edge);
    const image = pen.getImageData(0, 0, SIZE, SIZE);
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: 2 });
  }
}

function ring(pen: CanvasRenderingContext2D, radius: number, fill: string, line: string, width = 1): void {
  pen.beginPath();
  pen.arc(SIZE / 2, SIZE / 2, radius, 0, Math.PI * 2);
  paint(pen, fill, line, width);
}

function half(pen: CanvasRenderingContext2D, radius: number, fill: string): void {
  pen.beginPath();
  pen.arc(SIZE / 2, SIZE / 2, radius, Math.PI / 2, -Math.PI / 2);
  paint(pen, fill, fill, 1);
}

function box(pen: CanvasRenderingContext2D, half: number, fill: string, line: string, width = 1): void {
  pen.beginPath();
  pen.rect(SIZE / 2 - half, SIZE / 2 - half, half * 2, half * 2);
  paint(pen, fill, line, width);
}

function triangle(pen: CanvasRenderingContext2D, radius: number, fill: string, line: string): void {
  pen.beginPath();
  for (const corner of [0, 1, 2]) {
    const angle = -Math.PI / 2 + (corner * 2 * Math.PI) / 3;
    pen.lineTo(SIZE / 2 + radius * Math.cos(angle), SIZE / 2 + 3 + radius * Math.sin(angle));
  }
  pen.closePath();
  paint(pen, fill, line, 3);
}

function paint(pen: CanvasRenderingContext2D, fill: string, line: string, width: number): void {
  pen.fillStyle = fill;
  pen.strokeStyle = line;
  pen.lineWidth = width;
  pen.lineJoin = 'round';
  pen.fill();
  pen.stroke();
}
