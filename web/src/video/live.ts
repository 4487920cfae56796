// Live pictures: fMP4 fragments over a WebSocket into MediaSource. Shows the first picture as soon as it
// is there, keeps close to now, comes back after a break, rests while nobody looks.
import { ApiError } from '@/api/errors';
import { cachedGrant, type AskGrant, type Grant } from './grant';

export type Phase = 'connecting' | 'playing' | 'stalled' | 'reconnecting' | 'resting' | 'still' | 'denied';

export interface LiveStatus {
  phase: Phase;
  /** From the camera's frame to this screen, estimated; null before the first picture. */
  behindMs: number | null;
  codec: string | null;
  /** Local time of the last bytes. */
  lastBytesAt: number | null;
  snapshot: string | null;
  hls: string | null;
}

const TARGET_BEHIND_S = 0.12;
const JUMP_BEHIND_S = 0.6;
const HURRY_BEHIND_S = 0.3;
const KEEP_S = 12;
const STALLED_MS = 2500;
const GIVE_UP_MS = 8000;
const LONGEST_WAIT_MS = 8000;
const WATCH_MS = 400;

interface Sink {
  append: (bytes: ArrayBuffer) => void;
  close: () => void;
}

export class LiveSession {
  #video: HTMLVideoElement;
  #grant: (fresh?: boolean) => Promise<Grant>;
  #tell: (status: LiveStatus) => void;
  #status: LiveStatus = {
    phase: 'connecting',
    behindMs: null,
    codec: null,
    lastBytesAt: null,
    snapshot: null,
    hls: null,
  };
  #socket: WebSocket | null = null;
  #sink: Sink | null = null;
  #lastWallS = 0;
  #attempt = 0;
  #refused = false;
  #wanted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(video: HTMLVideoElement, ask: AskGrant, tell: (status: LiveStatus) => void) {
    this.#video = video;
    this.#grant = cachedGrant(ask);
    this.#tell = tell;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#say({ phase: 'connecting' });
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    void this.#connect();
  }

  /** Rests: no socket, no decoding; `start` goes on. */
  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#hangUp();
    this.#say({ phase: 'resting' });
  }

  #say(part: Partial<LiveStatus>): void {
    this.#status = { ...this.#status, ...part };
    this.#tell(this.#status);
  }

  async #connect(): Promise<void> {
    let grant: Grant;
    try {
      grant = await this.#grant(this.#refused);
    } catch (error) {
      const denied = error instanceof ApiError && (error.status === 403 || error.status === 404);
      if (denied) return this.#say({ phase: 'denied' });
      return this.#again();
    }
    if (!this.#wanted) return;
    this.#say({ snapshot: grant.snapshot, hls: grant.hls });
    if (mediaSourceClass() === null || grant.live_ws === null) return this.#say({ phase: 'still' });
    this.#dial(grant.live_ws);
  }

  #dial(url: string): void {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#refused = true;
    socket.onopen = () => (this.#refused = false);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return;
      if (typeof event.data === 'string') this.#begin(event.data);
      else this.#take(event.data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#again();
    };
  }

  /** The head of a stream: its codec. Sent again when the camera came back in another form. */
  #begin(text: string): void {
    const { codec } = JSON.parse(text) as { codec: string };
    const type = `video/mp4; codecs="${codec}"`;
    this.#sink?.close();
    this.#sink = null;
    if (!mediaSourceClass()?.isTypeSupported(type)) {
      this.#hangUp();
      return this.#say({ phase: 'still', codec });
    }
    this.#sink = openSink(this.#video, type, () => this.#again());
    this.#say({ codec });
  }

  #take(message: ArrayBuffer): void {
    const wall = new DataView(message).getFloat64(0);
    if (wall > 0) this.#lastWallS = wall;
    this.#status.lastBytesAt = Date.now();
    this.#sink?.append(message.slice(8));
  }

  /** Twice a second: keep close to now, notice silence. */
  #look(): void {
    const { phase, lastBytesAt } = this.#status;
    if (phase === 'still' || phase === 'denied' || this.#sink === null) return;
    const silentMs = Date.now() - (lastBytesAt ?? Date.now());
    if (silentMs > GIVE_UP_MS) return this.#again();
    const behindS = keepClose(this.#video);
    if (behindS === null) return;
    this.#attempt = 0;
    const behindMs = Math.max(0, Math.round(Date.now() - this.#lastWallS * 1000 + behindS * 1000));
    this.#say({ phase: silentMs > STALLED_MS ? 'stalled' : 'playing', behindMs });
  }

  #again(): void {
    this.#hangUp();
    if (!this.#wanted) return;
    this.#say({ phase: 'reconnecting' });
    const wait = Math.min(LONGEST_WAIT_MS, 400 * 2 ** this.#attempt++) * (0.7 + Math.random() * 0.6);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }

  #hangUp(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) hangUp(socket);
    this.#sink?.close();
    this.#sink = null;
    this.#status.lastBytesAt = null;
  }
}

/** Closes a socket, also one that is still opening, which a browser would complain about. */
function hangUp(socket: WebSocket): void {
  socket.onmessage = socket.onclose = null;
  if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
  else socket.close();
}

/** Seconds between the newest picture and the one shown; moves on when that grows. Null: none yet. */
function keepClose(video: HTMLVideoElement): number | null {
  const { buffered } = video;
  if (buffered.length === 0) return null;
  const end = buffered.end(buffered.length - 1);
  const start = buffered.start(buffered.length - 1);
  const behind = end - video.currentTime;
  if (behind > JUMP_BEHIND_S || video.currentTime < start) {
    video.currentTime = Math.max(start, end - TARGET_BEHIND_S);
  } else {
    video.playbackRate = behind > HURRY_BEHIND_S ? 1.08 : 1;
  }
  if (video.paused) void video.play().catch(() => undefined);
  return Math.min(behind, JUMP_BEHIND_S);
}

type SourceClass = typeof MediaSource;

function mediaSourceClass(): SourceClass | null {
  const all = globalThis as { MediaSource?: SourceClass; ManagedMediaSource?: SourceClass };
  // iPhones from iOS 17.1 have only the managed kind.
  return all.MediaSource ?? all.ManagedMediaSource ?? null;
}

function openSink(video: HTMLVideoElement, type: string, onbroken: () => void): Sink {
  const Source = mediaSourceClass()!;
  const media = new Source();
  const waiting: ArrayBuffer[] = [];
  let buffer: SourceBuffer | null = null;
  let closed = false;

  const pump = (): void => {
    if (closed || !buffer || buffer.updating || waiting.length === 0) return;
    try {
      buffer.appendBuffer(joined(waiting.splice(0)));
    } catch {
      onbroken();
    }
  };
  const afterAppend = (): void => {
    if (closed || !buffer || buffer.updating) return;
    keepClose(video);
    const { buffered } = buffer;
    if (buffered.length && buffered.end(buffered.length - 1) - buffered.start(0) > KEEP_S * 2) {
      buffer.remove(0, buffered.end(buffered.length - 1) - KEEP_S);
    } else pump();
  };
  const address = URL.createObjectURL(media);
  media.addEventListener('sourceopen', () => {
    URL.revokeObjectURL(address);
    if (closed) return;
    buffer = media.addSourceBuffer(type);
    buffer.addEventListener('updateend', afterAppend);
    buffer.addEventListener('error', onbroken);
    pump();
  });
  video.disableRemotePlayback = true;
  video.src = address;
  return {
    append(bytes) {
      waiting.push(bytes);
      pump();
    },
    close() {
      closed = true;
      waiting.length = 0;
    },
  };
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
