// MediaSource as both the live and the playback player use it: a queue before the buffer, old pictures
// dropped behind the one shown. iPhones from iOS 17.1 have only the managed kind.

type SourceClass = typeof MediaSource;

export function mediaSourceClass(): SourceClass | null {
  const all = globalThis as { MediaSource?: SourceClass; ManagedMediaSource?: SourceClass };
  return all.MediaSource ?? all.ManagedMediaSource ?? null;
}

/** What a piece is appended with; `offsetS` moves the media's own clock. */
interface Piece {
  bytes: ArrayBuffer;
  offsetS: number | null;
}

export interface SinkOptions {
  type: string;
  /** Seconds kept behind the picture that is shown. */
  keepS: number;
  onbroken: () => void;
  onappended?: () => void;
}

/** A MediaSource on a video element; a new sink takes the element over. */
export class Sink {
  readonly type: string;
  #video: HTMLVideoElement;
  #options: SinkOptions;
  #media: MediaSource;
  #buffer: SourceBuffer | null = null;
  #waiting: Piece[] = [];
  #closed = false;

  constructor(video: HTMLVideoElement, options: SinkOptions) {
    this.type = options.type;
    this.#video = video;
    this.#options = options;
    this.#media = new (mediaSourceClass()!)();
    const address = URL.createObjectURL(this.#media);
    this.#media.addEventListener('sourceopen', () => {
      URL.revokeObjectURL(address);
      if (!this.#closed) this.#open();
    });
    // The managed kind opens only where the picture cannot be sent to another screen.
    video.disableRemotePlayback = true;
    video.src = address;
  }

  get ranges(): TimeRanges | null {
    return this.#buffer && this.#media.readyState === 'open' ? this.#buffer.buffered : null;
  }

  append(bytes: ArrayBuffer, offsetS: number | null = null): void {
    this.#waiting.push({ bytes, offsetS });
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #open(): void {
    try {
      this.#buffer = this.#media.addSourceBuffer(this.type);
    } catch {
      return this.#options.onbroken();
    }
    this.#buffer.addEventListener('updateend', () => this.#appended());
    this.#buffer.addEventListener('error', () => !this.#closed && this.#options.onbroken());
    this.#pump();
  }

  #pump(): void {
    const buffer = this.#buffer;
    if (this.#closed || !buffer || buffer.updating || this.#waiting.length === 0) return;
    const offsetS = this.#waiting[0]!.offsetS;
    const changes = this.#waiting.findIndex((piece) => piece.offsetS !== offsetS);
    const batch = this.#waiting.splice(0, changes < 0 ? this.#waiting.length : changes);
    try {
      if (offsetS !== null && buffer.timestampOffset !== offsetS) buffer.timestampOffset = offsetS;
      buffer.appendBuffer(joined(batch.map((piece) => piece.bytes)));
    } catch (error) {
      // Full: what was seen goes first; anything else means that the element is lost.
      if ((error as DOMException).name !== 'QuotaExceededError') return this.#options.onbroken();
      this.#waiting.unshift(...batch);
      this.#drop(this.#video.currentTime - 1);
    }
  }

  #appended(): void {
    if (this.#closed || !this.#buffer || this.#buffer.updating) return;
    this.#options.onappended?.();
    const oldest = this.#buffer.buffered.length ? this.#buffer.buffered.start(0) : Infinity;
    const keepFrom = this.#video.currentTime - this.#options.keepS;
    if (keepFrom - oldest > this.#options.keepS) this.#drop(keepFrom);
    else this.#pump();
  }

  #drop(beforeS: number): void {
    if (this.#buffer && !this.#buffer.updating && beforeS > 0) this.#buffer.remove(0, beforeS);
  }
}

function joined(pieces: readonly ArrayBuffer[]): ArrayBuffer {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(new Uint8Array(piece), at);
    at += piece.byteLength;
  }
  return whole.buffer;
}
