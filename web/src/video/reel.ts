// One camera's recording on a video element. The media clock is the wall clock (seconds since an epoch), so
// a place is found by time, gaps are holes, and several cameras can be steered onto one clock.
import { Film } from './film';
import { mediaSourceClass, Sink } from './mediasource';
import { fragmentOf, mimeOf, silence, tracksOf, type Track } from './mp4';
import { steerReel } from './steer';
import { WallMap } from './wallmap';

export type ReelState = 'loading' | 'ready' | 'failed' | 'unplayable';

/** The signed address of the film from `fromMs` on; `keys`: key frames only, for fast speeds. */
export type FilmAddress = (fromMs: number, keys: boolean) => Promise<string>;

const KEEP_S = 40;
const AHEAD_S = 12;
const MOST_AHEAD_S = 90;
/** Fragments whose clock is further off than this begin behind a gap. */
const GAP_MS = 1000;
const PATIENCE_MS = 2500;
const RETRY_MS = 2000;
const SAME_PICTURE_S = 0.015;

export class Reel {
  state: ReelState = 'loading';
  codec: string | null = null;
  /** There is sound here that this browser plays. */
  hasSound = false;
  #wantsSound = false;
  #sound = false;
  #video: HTMLVideoElement;
  #address: FilmAddress;
  #sink: Sink | null = null;
  #picture: Track | null = null;
  #map = new WallMap();
  #film: Film | null = null;
  #epochMs = 0;
  #offsetS = 0;
  #keys = false;
  #openedAt = 0;
  #reach = 0;
  /** Where the next fragment of this film should begin; null before its first. */
  #tail: number | null = null;
  #openedOn = -Infinity;
  #goal = 0;
  #speed = 1;
  #frameS = 0.04;

  constructor(video: HTMLVideoElement, address: FilmAddress) {
    this.#video = video;
    this.#address = address;
  }

  /** One picture's length in seconds, as last seen. */
  get frameS(): number {
    return this.#frameS;
  }

  /** Wall time of the picture that is shown; null: none. */
  get shownMs(): number | null {
    return this.#video.readyState >= 2 ? this.#map.wallAt(this.#video.currentTime) : null;
  }

  /** Called many times a second: shows `wallMs`, or loads it. */
  follow(wallMs: number, speed: number, playing: boolean, keys: boolean): void {
    this.#goal = wallMs;
    this.#speed = speed;
    if (this.state === 'unplayable') return;
    if (keys !== this.#keys) this.#forget(keys);
    const media = this.#map.mediaAt(wallMs);
    if (media === null || !this.#has(media)) {
      this.#video.pause();
      this.#fetch(wallMs);
      return;
    }
    this.#show(media, speed, playing);
  }

  /** With the sound of the recording or without; only one that is listened to can hold up the picture. */
  listen(wanted: boolean): void {
    if (wanted === this.#wantsSound) return;
    this.#wantsSound = wanted;
    if (this.hasSound) this.#forget(this.#keys);
  }

  /** No recording here: stand still, load nothing. */
  wait(): void {
    this.#video.pause();
    this.state = 'ready';
  }

  close(): void {
    this.#film?.close();
    this.#sink?.close();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  #show(media: number, speed: number, playing: boolean): void {
    const video = this.#video;
    this.state = video.readyState >= 2 && !video.seeking ? 'ready' : 'loading';
    if (!playing) {
      if (!video.paused) video.pause();
      if (!video.seeking && Math.abs(video.currentTime - media) > SAME_PICTURE_S) video.currentTime = media;
      return;
    }
    const steering = steerReel(video.currentTime, media, speed);
    if (steering.jumpTo !== null) {
      if (!video.seeking) video.currentTime = steering.jumpTo;
    }
    if (Math.abs(video.playbackRate - steering.rate) > 0.005) video.playbackRate = steering.rate;
    if (video.paused) void video.play().catch(() => undefined);
  }

  #has(media: number): boolean {
    const ranges = this.#sink?.ranges;
    if (!ranges) return false;
    for (let n = 0; n < ranges.length; n++) {
      if (ranges.start(n) - 0.1 <= media && media <= ranges.end(n) + 0.05) return true;
    }
    return false;
  }

  #fetch(wallMs: number): void {
    this.state = this.state === 'failed' ? 'failed' : 'loading';
    const waited = performance.now() - this.#openedOn;
    const onTheWay = wallMs >= this.#openedAt - 50 && wallMs - this.#reach < 3000 * Math.max(1, this.#speed);
    if (this.#film && onTheWay && waited < PATIENCE_MS * 4) return;
    if (!this.#film && waited < RETRY_MS && Math.abs(wallMs - this.#openedAt) < 1000) return;
    void this.#open(wallMs);
  }

  async #open(wallMs: number): Promise<void> {
    this.#film?.close();
    this.#film = null;
    this.#openedAt = this.#reach = wallMs;
    const run = (this.#openedOn = performance.now());
    if (mediaSourceClass() === null) return void (this.state = 'unplayable');
    // The element goes there at once: what is kept in the buffer is measured from where it stands.
    if (this.#sink && wallMs > this.#epochMs) this.#video.currentTime = (wallMs - this.#epochMs) / 1000;
    try {
      const address = await this.#address(wallMs, this.#keys);
      if (run !== this.#openedOn) return;
      this.#film = new Film(address, {
        onpiece: (bytes) => run === this.#openedOn && this.#take(bytes),
        onend: (status) => {
          this.#film = null;
          if (status >= 400 || status === 0) this.state = 'failed';
        },
        room: () => this.#room(run),
      });
    } catch {
      if (run === this.#openedOn) this.state = 'failed';
    }
  }

  async #room(run: number): Promise<void> {
    const ahead = Math.min(MOST_AHEAD_S, AHEAD_S * Math.max(1, this.#speed)) * 1000;
    while (run === this.#openedOn && this.#reach - this.#goal > ahead) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    const tracks = tracksOf(bytes);
    if (tracks.length > 0) return this.#begin(tracks, bytes);
    if (!this.#picture || !this.#sink) return;
    const place = fragmentOf(bytes, this.#picture);
    if (!place) return;
    if (!this.#sound) silence(bytes, this.#picture);
    const wall = place.wallMs ?? this.#tail ?? this.#openedAt;
    const follows = this.#tail !== null && Math.abs(wall - this.#tail) < GAP_MS;
    if (!follows) this.#offsetS = (wall - this.#epochMs) / 1000 - place.baseS;
    const media = place.baseS + this.#offsetS;
    if (place.pictures > 0 && place.durationS > 0) this.#frameS = place.durationS / place.pictures;
    this.#map.add(media, place.durationS, wall);
    this.#map.trim(this.#video.currentTime - KEEP_S * 2);
    this.#reach = this.#tail = wall + place.durationS * 1000;
    this.#sink.append(bytes.buffer, this.#offsetS);
    this.state = this.state === 'failed' ? 'loading' : this.state;
  }

  #begin(tracks: Track[], init: Uint8Array<ArrayBuffer>): void {
    this.#picture = tracks.find((track) => track.kind === 'video') ?? null;
    this.codec = this.#picture?.codec ?? null;
    const plain = this.#picture ? mimeOf([this.#picture]) : '';
    if (!this.#picture || !mediaSourceClass()!.isTypeSupported(plain)) {
      this.#film?.close();
      this.state = 'unplayable';
      return;
    }
    this.hasSound = tracks.length > 1 && mediaSourceClass()!.isTypeSupported(mimeOf(tracks));
    this.#sound = this.#wantsSound && this.hasSound && !this.#keys;
    const type = this.#sound ? mimeOf(tracks) : plain;
    if (!this.#sound) silence(init, this.#picture);
    if (this.#sink?.type !== type || this.#openedAt < this.#epochMs) this.#renew(type);
    this.#sink!.append(init.buffer, this.#offsetS);
    this.#tail = null;
  }

  #renew(type: string): void {
    this.#sink?.close();
    this.#map.clear();
    // Far enough back for whatever is looked for next; MediaSource knows no time before zero.
    this.#epochMs = this.#openedAt - 48 * 3_600_000;
    const broken = (): void => {
      this.#sink = null;
      this.#film?.close();
      this.#film = null;
      this.#openedOn = performance.now();
      this.state = 'failed';
    };
    this.#sink = new Sink(this.#video, { type, keepS: KEEP_S, onbroken: broken });
  }

  /** Key frames alone and whole films do not mix in one buffer. */
  #forget(keys: boolean): void {
    this.#keys = keys;
    this.#film?.close();
    this.#film = null;
    this.#openedOn = -Infinity;
    this.#sink?.close();
    this.#sink = null;
    this.#map.clear();
  }
}
