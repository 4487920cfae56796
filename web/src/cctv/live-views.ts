// Live addresses of the tiles that open together: asked for in one request, so that sixteen pictures do
// not wait for sixteen answers. Every camera is on record by itself all the same.
import type { Purpose } from './grant';

/** Asks the core for many; a camera that cannot be seen is missing in the answer. */
export type AskMany<Grant> = (cameraIds: number[], purpose: Purpose) => Promise<Map<number, Grant>>;
/** Asks for one, and raises the core's reason where it refuses. */
export type AskOne<Grant> = (cameraId: number, purpose: Purpose) => Promise<Grant>;

const MOST = 64;

interface Waiting<Grant> {
  cameraId: number;
  grant: (granted: Promise<Grant>) => void;
}

export class LiveViews<Grant> {
  #many: AskMany<Grant>;
  #one: AskOne<Grant>;
  /** By purpose: what was asked for since the page was last drawn. */
  #waiting = new Map<string, { purpose: Purpose; tiles: Waiting<Grant>[] }>();

  constructor(many: AskMany<Grant>, one: AskOne<Grant>) {
    this.#many = many;
    this.#one = one;
  }

  ask(cameraId: number, purpose: Purpose): Promise<Grant> {
    if (this.#waiting.size === 0) setTimeout(() => this.#send());
    const key = `${purpose.incidentId ?? ''} ${purpose.text}`;
    const group = this.#waiting.get(key) ?? { purpose, tiles: [] };
    this.#waiting.set(key, group);
    return new Promise((grant) => group.tiles.push({ cameraId, grant }));
  }

  #send(): void {
    const groups = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { purpose, tiles } of groups) {
      for (let n = 0; n < tiles.length; n += MOST) this.#askFor(tiles.slice(n, n + MOST), purpose);
    }
  }

  #askFor(tiles: Waiting<Grant>[], purpose: Purpose): void {
    const ids = [...new Set(tiles.map((tile) => tile.cameraId))];
    const views = ids.length > 1 ? this.#many(ids, purpose) : null;
    const alone = new Map<number, Promise<Grant>>();
    const single = (id: number): Promise<Grant> => {
      const asked = alone.get(id) ?? this.#one(id, purpose);
      alone.set(id, asked);
      return asked;
    };
    for (const { cameraId, grant } of tiles) {
      grant(views ? views.then((found) => found.get(cameraId) ?? single(cameraId)) : single(cameraId));
    }
  }
}
