// The wall that is shown: where its cameras come from, layout, page, chosen and enlarged cell; kept walls of this person.
import { distance_m } from '@/map/geometry';
import { cameras, incident } from './rows';
import { selection } from './selection.svelte';
import { session } from './session.svelte';
import {
  cellBeside,
  layoutFor,
  pagesOf,
  placed,
  readWalls,
  swapped,
  withWall,
  type Cells,
  type Layout,
  type SavedWall,
} from './wall';

const ROTATE_MS = 15_000;
/** Where the cameras come from: all, those near the incident, one's own arrangement, or a kept one. */
export type Source = 'all' | 'near' | 'draft' | `saved:${string}`;

export class WallState {
  source = $state<Source>('all');
  page = $state(0);
  cell = $state(0);
  enlarged = $state(false);
  rotating = $state(false);
  saved = $state.raw<SavedWall[]>([]);
  #draft = $state.raw<Cells>([]);
  #layout = $state<Layout | null>(null);
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    try {
      this.saved = readWalls(localStorage.getItem(this.#key));
    } catch {
      // Storage may be closed (private window): walls then last for this page.
    }
  }

  get #key(): string {
    return `sigap.walls.${session.me.user_id}`;
  }

  /** The incident whose surroundings can be shown. */
  get incident() {
    const chosen = selection.current;
    return chosen?.kind === 'incident' ? incident(chosen.id) : undefined;
  }

  get cells(): Cells {
    if (this.source === 'draft') return this.#draft;
    const kept = this.saved.find((wall) => this.source === `saved:${wall.name}`);
    if (kept) return kept.cells;
    const usable = cameras().filter((row) => row.enabled);
    const place = this.source === 'near' ? this.incident : undefined;
    const order = place
      ? usable.sort((a, b) => distance_m(place, a) - distance_m(place, b))
      : usable.sort((a, b) => Number(a.state === 'up') - Number(b.state === 'up') || a.name.localeCompare(b.name));
    return order.map((row) => row.id);
  }

  get layout(): Layout {
    return this.#layout ?? layoutFor(this.cells.length);
  }

  get pages(): (number | null)[][] {
    return pagesOf(this.cells, this.layout);
  }

  /** The cells of the page that is shown. */
  get shown(): (number | null)[] {
    const { pages } = this;
    return pages[this.page % pages.length] ?? [];
  }

  choose(source: Source): void {
    this.source = source;
    const kept = this.saved.find((wall) => source === `saved:${wall.name}`);
    if (kept) this.#layout = kept.layout;
    this.page = this.cell = 0;
    this.enlarged = false;
  }

  arrange(layout: Layout): void {
    this.#layout = layout;
    this.page = this.cell = 0;
    this.enlarged = false;
  }

  turn(by: 1 | -1): void {
    const count = this.pages.length;
    this.page = (this.page + by + count) % count;
    this.enlarged = false;
  }

  rotate(on: boolean): void {
    clearInterval(this.#timer);
    this.rotating = on;
    if (on) this.#timer = setInterval(() => !this.enlarged && this.turn(1), ROTATE_MS);
  }

  move(key: string): void {
    this.cell = cellBeside(this.cell, key, this.layout);
  }

  /** Fills the chosen cell and goes on to the next one. */
  fill(camera: number): void {
    this.put(this.cell, camera);
    this.cell = Math.min(this.layout - 1, this.cell + 1);
  }

  put(cell: number, camera: number | null): void {
    this.#become(placed(this.cells, this.#at(cell), camera));
  }

  swap(from: number, to: number): void {
    this.#become(swapped(this.cells, this.#at(from), this.#at(to)));
    this.cell = to;
  }

  keep(name: string): void {
    if (name.trim() === '') return;
    this.#store(withWall(this.saved, { name, layout: this.layout, cells: this.cells }));
    this.source = `saved:${name.trim()}`;
  }

  drop(): void {
    this.#store(this.saved.filter((wall) => this.source !== `saved:${wall.name}`));
    this.choose('all');
  }

  #at(cell: number): number {
    return (this.page % this.pages.length) * this.layout + cell;
  }

  #become(cells: Cells): void {
    this.#layout = this.layout;
    this.#draft = cells;
    this.source = 'draft';
  }

  #store(walls: SavedWall[]): void {
    this.saved = walls;
    try {
      localStorage.setItem(this.#key, JSON.stringify(walls));
    } catch {
      // As above.
    }
  }
}
