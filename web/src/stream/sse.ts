// A reader of server-sent events over fetch: unlike EventSource it sees the server's comments (heartbeats),
// so that silence is noticed, and it resumes with Last-Event-ID after any break.

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Feeds on chunks of text, gives whole events. One parser a connection. */
export class EventParser {
  #rest = '';
  #id = '';
  #event = '';
  #data: string[] = [];

  push(chunk: string): ServerEvent[] {
    const found: ServerEvent[] = [];
    // A lone \r at the end may be half of \r\n: it stays until the next chunk.
    const text = this.#rest + chunk;
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.#field(line);
      else if (this.#data.length) found.push(this.#take());
    }
    return found;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id') this.#id = value;
  }

  #take(): ServerEvent {
    const event = { id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') };
    this.#event = '';
    this.#data = [];
    return event;
  }
}

export interface Follower {
  /** The address to ask, given the last event seen. */
  url: (after: string) => string;
  onevent: (event: ServerEvent) => void;
  /** Any sign of life, comments included. */
  onalive: () => void;
  onlost: () => void;
  /** The server refused (401, 403, 404, 410): following is over. */
  onrefused: (status: number) => void;
}

// The core beats every 5 s: two beats missed and the link counts as lost.
const SILENCE_MS = 11_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 10_000;

/** Follows the stream from `after` until the returned function is called. */
export function follow(after: string, follower: Follower): () => void {
  const stop = new AbortController();
  void loop(after, follower, stop.signal);
  return () => stop.abort();
}

async function loop(after: string, follower: Follower, stop: AbortSignal): Promise<void> {
  let last = after;
  let waitMs = FIRST_WAIT_MS;
  while (!stop.aborted) {
    const status = await connection(last, follower, stop, (event) => {
      waitMs = FIRST_WAIT_MS;
      follower.onevent(event);
      if (event.id) last = event.id;
    });
    if (stop.aborted) return;
    if (status >= 400 && status < 500 && status !== 429) return follower.onrefused(status);
    follower.onlost();
    // Jitter: two hundred browsers must not come back in the same instant.
    await new Promise((done) => setTimeout(done, waitMs * (0.5 + Math.random())));
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

/** One connection until it ends; gives the HTTP status, 0 for none. */
async function connection(
  last: string,
  follower: Follower,
  stop: AbortSignal,
  onevent: (event: ServerEvent) => void,
): Promise<number> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
    follower.onalive();
  };
  try {
    const response = await fetch(follower.url(last), {
      headers: { Accept: 'text/event-stream', ...(last ? { 'Last-Event-ID': last } : {}) },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([stop, silence.signal]),
    });
    if (!response.ok || !response.body) return response.status;
    alive();
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 0;
      alive();
      for (const event of parser.push(value)) onevent(event);
    }
  } catch {
    // Refused, cut or silent: the caller comes back.
    return 0;
  } finally {
    clearTimeout(timer);
  }
}
