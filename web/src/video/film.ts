// Reads a recorded film from the node piece by piece, no further ahead than asked for.
import { Splitter } from './mp4';

export interface FilmEvents {
  /** The init segment first, then fragments. */
  onpiece: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** `status` 404: nothing was recorded there; 0: the node did not answer or the film broke off. */
  onend: (status: number) => void;
  /** Resolves when more may come; keeps a paused player from reading a whole day. */
  room: () => Promise<void>;
}

export class Film {
  #stop = new AbortController();

  constructor(address: string, events: FilmEvents) {
    void this.#read(address, events).then(
      (status) => this.#stop.signal.aborted || events.onend(status),
      () => this.#stop.signal.aborted || events.onend(0),
    );
  }

  close(): void {
    this.#stop.abort();
  }

  async #read(address: string, events: FilmEvents): Promise<number> {
    const response = await fetch(address, { signal: this.#stop.signal, cache: 'no-store' });
    if (!response.ok || !response.body) return response.status;
    const reader = response.body.getReader();
    const splitter = new Splitter();
    for (;;) {
      await events.room();
      const { value, done } = await reader.read();
      if (done || this.#stop.signal.aborted) return 200;
      for (const piece of splitter.push(value)) events.onpiece(piece);
    }
  }
}
