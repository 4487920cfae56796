// The live picture on a video element: takes the pieces of one line after another without a flicker,
// keeps close to now, and knows how old the picture is that is really shown.
import type { Head } from './line';
import { mediaSourceClass, Sink } from './mediasource';
import { fragmentOf, mimeOf, silence, tracksOf, type Track } from './mp4';
import { liveTarget, steerLive } from './steer';
import { WallMap } from './wallmap';

const KEEP_S = 6;
/** Lines of the same camera share a clock: what lies further apart is another stream. */
const SAME_CLOCK_S = 20;
/** Sound comes in pieces longer than a picture, and is heard when it breaks off. */
const SOUND_S = 0.15;
const SAME_PICTURE_S = 0.001;
const JITTER_FADES = 0.98;
/** How long the key frame that waits for a new viewer may take to be shown before the jump to now. */
const FIRST_MS = 1500;
/** A picture this close behind the camera is live. */
const NEAR_MS = 700;

export class Screen {
  /** Wall time (ms) of the picture shown now and when (page time, ms) it appeared; null: none yet. */
  shownWallMs: number | null = null;
  shownAtMs: number | null = null;
  behindMs: number | null = null;
  onfirst: (() => void) | null = null;
  /** The first picture that is as good as now. */
  onnear: (() => void) | null = null;
  #video: HTMLVideoElement;
  #onbroken: () => void;
  #sink: Sink | null = null;
  #init: Uint8Array | null = null;
  #name = '';
  #picture: Track | null = null;
  /** Only while somebody listens: gaps in the sound would hold up the picture. */
  #wantsSound = false;
  #sound = false;
  #hasSound = false;
  #map = new WallMap();
  /** Decode time of the newest picture, and where it ends unless another comes before. */
  #lastS = -Infinity;
  #endS = -Infinity;
  #needsKey = false;
  #frameS = 0.04;
  #jitterS = 0.02;
  #arrivedMs = 0;
  #openedMs = 0;
  #near = false;
  #watching = 0;

  constructor(video: HTMLVideoElement, onbroken: () => void) {
    this.#video = video;
    this.#onbroken = onbroken;
    this.#watch();
  }

  /** Whether this browser can play it; the sound is left out where it cannot. */
  static plays(head: Head): boolean {
    return mediaSourceClass()?.isTypeSupported(`video/mp4; codecs="${head.codec}"`) ?? false;
  }

  /**
   * The init segment of a line. False: another stream than before; it begins anew, its last picture stays.
   * `name`: which stream of the camera. Two may look the same and yet have clocks of their own.
   */
  begin(init: ArrayBuffer, name: string): boolean {
    const bytes = new Uint8Array(init);
    if (this.#sink && this.#init && this.#name === name && same(this.#init, bytes)) return true;
    this.#name = name;
    const tracks = tracksOf(bytes);
    this.#picture = tracks.find((track) => track.kind === 'video') ?? null;
    if (!this.#picture) return false;
    this.#init = bytes.slice();
    this.#hasSound = tracks.some((track) => track.kind === 'audio');
    const whole = mimeOf(tracks);
    this.#sound = this.#wantsSound && (mediaSourceClass()?.isTypeSupported(whole) ?? false);
    if (!this.#sound) silence(bytes, this.#picture);
    this.#open(this.#sound ? whole : mimeOf([this.#picture]), init);
    return false;
  }

  take(piece: ArrayBuffer, wallMs: number): void {
    if (!this.#picture || !this.#sink) return;
    if (!this.#sound) silence(new Uint8Array(piece), this.#picture);
    const place = fragmentOf(new Uint8Array(piece), this.#picture);
    if (!place) return this.#sink.append(piece);
    if (Math.abs(place.baseS - this.#endS) > SAME_CLOCK_S && this.#endS !== -Infinity) this.#restart();
    // A new line begins at the last key frame: what the old one brought already is not shown twice.
    if (place.baseS < this.#lastS + SAME_PICTURE_S) return;
    if (place.baseS > this.#endS + 1 && this.#endS !== -Infinity) this.#needsKey = !place.key;
    if (this.#needsKey && !place.key) return;
    this.#needsKey = false;
    this.#measure(place.durationS, wallMs);
    this.#map.add(place.baseS, place.durationS, wallMs);
    this.#map.trim(place.baseS - KEEP_S * 2);
    this.#lastS = place.baseS;
    this.#endS = place.baseS + place.durationS;
    this.#sink.append(piece);
  }

  /** With sound or without. True: from the next line on; a stream that has none goes on undisturbed. */
  listen(wanted: boolean): boolean {
    const changes = wanted !== this.#wantsSound && this.#hasSound;
    if (changes) this.#init = null;
    this.#wantsSound = wanted;
    return changes;
  }

  /** Called a few times a second and after every append. */
  keepClose(): void {
    const { buffered } = this.#video;
    if (buffered.length === 0) return;
    const last = buffered.length - 1;
    const start = buffered.start(last);
    const target = liveTarget(this.#frameS, this.#jitterS) + (this.#sound ? SOUND_S : 0);
    const steering = steerLive(this.#video.currentTime, start, buffered.end(last), target);
    // Nothing is shown yet: the key frame at once, for the way from there to now must all be decoded.
    if (this.shownAtMs === null && performance.now() - this.#openedMs < FIRST_MS) {
      if (this.#video.currentTime < start) this.#video.currentTime = start;
    } else if (steering.jumpTo !== null) this.#video.currentTime = steering.jumpTo;
    if (this.#video.playbackRate !== steering.rate) this.#video.playbackRate = steering.rate;
    if (this.#video.paused) void this.#video.play().catch(() => undefined);
  }

  /** The picture shown now stays as a still until the next one comes. */
  freeze(): void {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width || this.#video.readyState < 2) return;
    const canvas = document.createElement('canvas');
    canvas.width = Math.min(960, width);
    canvas.height = (canvas.width * height) / width;
    canvas.getContext('2d')?.drawImage(this.#video, 0, 0, canvas.width, canvas.height);
    this.#video.poster = canvas.toDataURL('image/jpeg', 0.8);
  }

  close(): void {
    this.#sink?.close();
    this.#sink = null;
    this.#init = null;
    this.#lastS = this.#endS = -Infinity;
    this.#map.clear();
    this.behindMs = this.shownAtMs = null;
    this.#near = false;
    if (this.#video.src) {
      this.#video.removeAttribute('src');
      this.#video.load();
    }
  }

  end(): void {
    this.close();
    this.#video.cancelVideoFrameCallback?.(this.#watching);
  }

  #restart(): void {
    if (!this.#init || !this.#sink || !this.#picture) return;
    const init = this.#init.slice();
    if (!this.#sound) silence(init, this.#picture);
    this.#open(this.#sink.type, init.buffer);
  }

  #open(type: string, init: ArrayBuffer): void {
    this.freeze();
    this.#sink?.close();
    this.#map.clear();
    this.#lastS = this.#endS = -Infinity;
    this.#needsKey = true;
    this.#openedMs = performance.now();
    this.#sink = new Sink(this.#video, {
      type,
      keepS: KEEP_S,
      onbroken: this.#onbroken,
      onappended: () => this.keepClose(),
    });
    this.#sink.append(init);
  }

  #measure(frameS: number, wallMs: number): void {
    const passed = performance.now() - this.#arrivedMs;
    this.#arrivedMs = performance.now();
    if (frameS > 0 && frameS < 2) this.#frameS = this.#frameS * 0.9 + frameS * 0.1;
    // The group that waits for a new viewer comes at once and says nothing about the network.
    if (Date.now() - wallMs > 1500 || passed > 5000) return;
    const late = Math.max(0, passed / 1000 - this.#frameS);
    this.#jitterS = Math.max(this.#jitterS * JITTER_FADES, Math.min(0.4, late));
  }

  #watch(): void {
    if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) {
      this.#video.ontimeupdate = () => this.#shown(this.#video.currentTime, performance.now());
      return;
    }
    const next = (_: number, frame: VideoFrameCallbackMetadata): void => {
      this.#watching = this.#video.requestVideoFrameCallback(next);
      this.#shown(frame.mediaTime, frame.expectedDisplayTime);
    };
    this.#watching = this.#video.requestVideoFrameCallback(next);
  }

  #shown(mediaS: number, atMs: number): void {
    const wall = this.#map.wallAt(mediaS);
    // A picture of the stream before this one may still come late.
    if (wall === null) return;
    const first = this.shownAtMs === null;
    this.shownAtMs = performance.now();
    this.shownWallMs = wall;
    this.behindMs = Math.max(0, performance.timeOrigin + atMs - wall);
    if (first) {
      this.onfirst?.();
      this.keepClose();
    }
    if (this.#near || this.behindMs > NEAR_MS) return;
    this.#near = true;
    this.onnear?.();
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
