// One camera, live from the node: its head (codec, quality), then pieces of fMP4 with their wall clock.
import { trunkTo, type Trunk } from './trunk';

/** What the node says before the first picture, and again when the form changes. */
export interface Head {
  codec: string;
  width: number;
  height: number;
  quality?: 'main' | 'sub';
  audio?: string | null;
}

export interface LineEvents {
  onhead: (head: Head) => void;
  /** The first after a head is the init segment. */
  onpiece: (bytes: ArrayBuffer, wallMs: number) => void;
  onclose: (code: number, opened: boolean) => void;
}

/** Codes from here on are the node's own: the address ended, or the person may not look any more. */
export const FIRST_OWN_CODE = 4400;
export const CUT_CODE = 4401;
export const EXPIRED_CODE = 4403;
const WALL_BYTES = 8;

export class Line {
  #trunk: Trunk;
  #number: number;

  /** `signed`: the camera's address as the core signed it. */
  constructor(signed: string, quality: 'main' | 'sub', events: LineEvents) {
    const { url, ...order } = lineOf(signed);
    this.#trunk = trunkTo(url);
    this.#number = this.#trunk.open(
      { ...order, q: quality },
      {
        ontext: (message) => events.onhead(message as unknown as Head),
        ondata: (data, from) =>
          events.onpiece(data.slice(from + WALL_BYTES), new DataView(data).getFloat64(from) * 1000),
        onend: events.onclose,
      },
    );
  }

  hangUp(): void {
    this.#trunk.close(this.#number);
  }
}

/** Where the node of a signed address takes lines, and what this one shows there. */
export function lineOf(signed: string): { url: string; camera: string; t: string } {
  const url = new URL(signed, location.href);
  const camera = /\/media\/([^/]+)\//.exec(url.pathname)?.[1] ?? '';
  const path = url.pathname.replace(/\/media\/.*$/, '/media/lines');
  const scheme = url.protocol.replace('http', 'ws');
  return { url: `${scheme}//${url.host}${path}`, camera, t: url.searchParams.get('t') ?? '' };
}
