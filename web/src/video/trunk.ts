// One WebSocket to a node for all live pictures of this page. Browsers open sockets to one host one after the
// other, and Chromium holds back whoever asks for sixteen at once, for up to five seconds.

export interface LineOrder {
  camera: string;
  t: string;
  q: string;
}

/** What one line on the trunk is told; a picture begins at `from` of `data`. */
export interface TrunkEvents {
  ontext: (message: Record<string, unknown>) => void;
  ondata: (data: ArrayBuffer, from: number) => void;
  /** `opened`: the node answered at all. */
  onend: (code: number, opened: boolean) => void;
}

/** For the page that turns to other cameras: no new socket. */
const LINGER_MS = 3000;
/** A line that gives up on a trunk silent for so long takes it for broken: the network may have changed. */
const SILENT_MS = 5000;
const NUMBER_BYTES = 4;

const trunks = new Map<string, Trunk>();

/** The trunk to the node at `url`; a broken one is never given out. */
export function trunkTo(url: string): Trunk {
  const known = trunks.get(url) ?? new Trunk(url);
  trunks.set(url, known);
  return known;
}

export class Trunk {
  #url: string;
  #socket: WebSocket;
  #opened = false;
  #heardMs = performance.now();
  #lines = new Map<number, TrunkEvents>();
  #waiting: string[] = [];
  #next = 1;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string) {
    this.#url = url;
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#opened = true;
      this.#heardMs = performance.now();
      for (const order of this.#waiting.splice(0)) socket.send(order);
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.#hear(event.data);
    socket.onclose = (event) => this.#end(event.code);
    this.#socket = socket;
  }

  open(order: LineOrder, events: TrunkEvents): number {
    clearTimeout(this.#linger);
    const number = this.#next++;
    if (this.#lines.size === 0) this.#heardMs = performance.now();
    this.#lines.set(number, events);
    this.#send(JSON.stringify({ open: number, ...order }));
    return number;
  }

  close(number: number): void {
    if (!this.#lines.delete(number)) return;
    if (performance.now() - this.#heardMs > SILENT_MS) return this.#abandon();
    this.#send(JSON.stringify({ close: number }));
    if (this.#lines.size === 0) this.#linger = setTimeout(() => this.#abandon(), LINGER_MS);
  }

  #send(order: string): void {
    if (this.#opened) this.#socket.send(order);
    else this.#waiting.push(order);
  }

  #hear(data: string | ArrayBuffer): void {
    this.#heardMs = performance.now();
    if (typeof data !== 'string') {
      this.#lines.get(new DataView(data).getUint32(0))?.ondata(data, NUMBER_BYTES);
      return;
    }
    const { line, end, ...message } = JSON.parse(data) as Record<string, unknown>;
    const number = Number(line);
    const events = this.#lines.get(number);
    if (typeof end !== 'number') return events?.ontext(message);
    this.#lines.delete(number);
    events?.onend(end, true);
    if (this.#lines.size === 0) this.#linger = setTimeout(() => this.#abandon(), LINGER_MS);
  }

  #abandon(): void {
    const socket = this.#socket;
    socket.onmessage = socket.onclose = null;
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
    this.#end(1006);
  }

  #end(code: number): void {
    clearTimeout(this.#linger);
    if (trunks.get(this.#url) === this) trunks.delete(this.#url);
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    for (const events of lines) events.onend(code, this.#opened);
  }
}
