// One WebSocket to the node: its head (codec, quality), then pieces of fMP4 with their wall clock.

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

export class Line {
  #socket: WebSocket;
  #opened = false;

  constructor(url: string, events: LineEvents) {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => (this.#opened = true);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (typeof event.data === 'string') return events.onhead(JSON.parse(event.data) as Head);
      const wallS = new DataView(event.data).getFloat64(0);
      events.onpiece(event.data.slice(8), wallS * 1000);
    };
    socket.onclose = (event) => events.onclose(event.code, this.#opened);
    this.#socket = socket;
  }

  /** Also while it still opens, of which a browser would complain. */
  hangUp(): void {
    const socket = this.#socket;
    socket.onmessage = socket.onclose = null;
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  }
}
