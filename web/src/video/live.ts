// Live pictures of one camera: asks for an address, opens a line, shows its pictures, renews the address
// before it ends, comes back after a break, rests while nobody looks, and says at any time what is shown.
import { ApiError } from '@/api/errors';
import { cachedGrant, type AskGrant, type Grant } from './grant';
import { CUT_CODE, EXPIRED_CODE, FIRST_OWN_CODE, Line, type Head } from './line';
import { mediaSourceClass } from './mediasource';
import { Screen } from './screen';

export type Quality = 'main' | 'sub';
export type Phase =
  | 'connecting'
  | 'playing'
  /** Connected, but no new picture. */
  | 'stalled'
  | 'reconnecting'
  | 'resting'
  /** Stills instead of a moving picture. */
  | 'still'
  /** May not look, from the beginning. */
  | 'denied'
  /** Might look, and may not any more. */
  | 'ended'
  /** Switched off by the city. */
  | 'off';

export interface LiveStatus {
  phase: Phase;
  /** From the camera's frame to this screen; null before the first picture. */
  behindMs: number | null;
  /** From the wish to see it to the first picture. */
  firstMs: number | null;
  /** From the wish to see it to the first picture that is as good as now. */
  nearMs: number | null;
  /** Wall time of the picture that is shown. */
  pictureAt: number | null;
  head: Head | null;
  /** The codec of the large stream, where the small one is shown because this browser cannot play it. */
  instead: string | null;
  snapshot: string | null;
  hls: string | null;
}

/** A stall must be seen within two seconds: this and the watch's step together. */
const STALLED_MS = 1300;
const WATCH_MS = 250;
const GIVE_UP_MS = 8000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 8000;
/** How long a camera's small stream may take to come where the large one cannot be played. */
const SUB_WAIT_MS = 6000;
const RENEW_BEFORE_MS = 25_000;

export class LiveSession {
  #screen: Screen;
  #grant: (fresh?: boolean) => Promise<Grant>;
  #tell: (status: LiveStatus) => void;
  #quality: Quality;
  #status: LiveStatus = {
    phase: 'connecting',
    behindMs: null,
    firstMs: null,
    nearMs: null,
    pictureAt: null,
    head: null,
    instead: null,
    snapshot: null,
    hls: null,
  };
  #line: Line | null = null;
  /** A second line that takes over as soon as it brings pictures. */
  #heir: Line | null = null;
  #attempt = 0;
  #stale = false;
  #wanted = false;
  #wishedAt = 0;
  #dialledAt = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  /** The large stream cannot be played here: the small one is asked for, and waited for until then. */
  #largeFails = false;
  #subUntil = 0;

  constructor(video: HTMLVideoElement, ask: AskGrant, tell: (status: LiveStatus) => void, quality: Quality) {
    this.#screen = new Screen(video, () => this.#retry());
    this.#screen.onfirst = () => {
      this.#say({ firstMs: Math.round(performance.now() - this.#wishedAt) });
      this.#look();
    };
    this.#screen.onnear = () => this.#say({ nearMs: Math.round(performance.now() - this.#wishedAt) });
    this.#grant = cachedGrant(ask);
    this.#tell = tell;
    this.#quality = quality;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#wishedAt = performance.now();
    this.#say({ phase: 'connecting', firstMs: null, nearMs: null });
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    void this.#connect();
  }

  /** Rests: no line, no decoding, the last picture stays as a still; `start` goes on. */
  rest(): void {
    this.#wanted = false;
    clearTimeout(this.#again);
    clearTimeout(this.#renewal);
    clearInterval(this.#watch);
    this.#screen.freeze();
    this.#hangUp();
    if (!['denied', 'ended', 'off'].includes(this.#status.phase)) this.#say({ phase: 'resting' });
  }

  end(): void {
    this.rest();
    this.#screen.end();
  }

  /** Changes over to the other stream of the camera while the present one still plays. */
  choose(quality: Quality): void {
    if (quality === this.#quality) return;
    this.#quality = quality;
    if (this.#line) void this.#succeed(false);
  }

  /** Turns the sound on or off; a picture alone never waits for sound. */
  listen(wanted: boolean): void {
    if (this.#screen.listen(wanted) && this.#line) void this.#succeed(false);
  }

  #say(part: Partial<LiveStatus>): void {
    this.#status = { ...this.#status, ...part };
    this.#tell(this.#status);
  }

  async #connect(): Promise<void> {
    const grant = await this.#ask(this.#stale);
    if (!grant || !this.#wanted) return;
    this.#say({ snapshot: grant.snapshot, hls: grant.hls });
    if (mediaSourceClass() === null || grant.live_ws === null) return void this.#showStills(null);
    this.#line = this.#dial(grant.live_ws, () => true);
    this.#renewLater(grant);
  }

  /** An address; null where there is none to be had now (the status then says why). */
  async #ask(fresh: boolean): Promise<Grant | null> {
    try {
      const grant = await this.#grant(fresh);
      this.#stale = false;
      return grant;
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 409) this.#stop('off');
      else if ([401, 403, 404].includes(status)) this.#stop(this.#status.pictureAt === null ? 'denied' : 'ended');
      else this.#retry();
      return null;
    }
  }

  /** `takeOver` is asked when the line brings its first picture; false: it comes too late. */
  #dial(signed: string, takeOver: () => boolean): Line {
    this.#dialledAt = performance.now();
    let init = true;
    let name = '';
    let plays = true;
    const line: Line = new Line(signed, this.#largeFails ? 'sub' : this.#quality, {
      onhead: (head) => {
        init = true;
        name = `${head.quality} ${head.codec}`;
        plays = Screen.plays(head);
        if (!plays) return this.#cannotPlay(head, signed);
        this.#subUntil = 0;
        this.#status.head = head;
      },
      onpiece: (bytes, wallMs) => {
        if (!plays) return;
        if (init) {
          init = false;
          if (!takeOver()) return line.hangUp();
          this.#screen.begin(bytes, name);
        } else this.#screen.take(bytes, wallMs);
      },
      onclose: (code, opened) => this.#closed(line, code, opened),
    });
    return line;
  }

  /** The small stream instead, which is often H.264; stills where there is none. */
  #cannotPlay(head: Head, signed: string): void {
    if (head.quality === 'sub') return void this.#showStills(head);
    this.#say({ phase: 'still', head, instead: head.codec });
    if (this.#subUntil === 0) this.#subUntil = performance.now() + SUB_WAIT_MS;
    if (this.#largeFails || this.#quality === 'sub') return;
    this.#largeFails = true;
    this.#line?.hangUp();
    this.#line = this.#dial(signed, () => true);
  }

  #renewLater(grant: Grant): void {
    clearTimeout(this.#renewal);
    const leftMs = Date.parse(grant.expires_at) - Date.now() - RENEW_BEFORE_MS;
    this.#renewal = setTimeout(() => void this.#succeed(true), Math.max(1000, leftMs));
  }

  /** Opens the line anew beside the present one, which ends when the new one brings pictures. */
  async #succeed(fresh: boolean): Promise<void> {
    const grant = await this.#ask(fresh);
    if (!grant?.live_ws || !this.#wanted) return;
    this.#heir?.hangUp();
    const heir = this.#dial(grant.live_ws, () => {
      if (this.#line === heir) return true;
      if (this.#heir !== heir) return false;
      this.#line?.hangUp();
      this.#line = heir;
      this.#heir = null;
      return true;
    });
    this.#heir = heir;
    if (fresh) this.#renewLater(grant);
  }

  #closed(line: Line, code: number, opened: boolean): void {
    if (line === this.#heir) {
      this.#heir = null;
      return;
    }
    if (line !== this.#line) return;
    // Refused or ended by the node: the address is no good any more, a new one tells why.
    this.#stale = !opened || code >= FIRST_OWN_CODE;
    // Only an address that ran out is no failure: what cannot be shown is asked for less and less often.
    if (code === EXPIRED_CODE || code === CUT_CODE) this.#attempt = 0;
    this.#retry();
  }

  /** Stills or HLS, with addresses that are renewed before they end. */
  async #showStills(head: Head | null): Promise<void> {
    this.#subUntil = 0;
    this.#hangUp();
    const grant = await this.#ask(false);
    if (!grant || !this.#wanted) return;
    this.#say({ phase: 'still', head, snapshot: grant.snapshot, hls: grant.hls });
    const leftMs = Date.parse(grant.expires_at) - Date.now() - RENEW_BEFORE_MS / 2;
    this.#renewal = setTimeout(() => void this.#showStills(head), Math.max(1000, leftMs));
  }

  #stop(phase: 'denied' | 'ended' | 'off'): void {
    this.#hangUp();
    clearInterval(this.#watch);
    this.#say({ phase, behindMs: null });
  }

  /** A few times a second: keep close to now, notice silence by what is really shown. */
  #look(): void {
    if (this.#line === null) return;
    if (this.#subUntil > 0) {
      if (performance.now() > this.#subUntil) void this.#showStills(this.#status.head);
      return;
    }
    this.#screen.keepClose();
    const since = Math.max(this.#screen.shownAtMs ?? 0, this.#dialledAt);
    const silentMs = performance.now() - since;
    if (silentMs > GIVE_UP_MS) return this.#retry();
    const { shownWallMs, shownAtMs, behindMs } = this.#screen;
    if (shownAtMs === null) {
      if (silentMs > STALLED_MS) this.#say({ phase: 'stalled' });
      return;
    }
    this.#attempt = 0;
    this.#say({ phase: silentMs > STALLED_MS ? 'stalled' : 'playing', behindMs, pictureAt: shownWallMs });
  }

  #retry(): void {
    this.#screen.freeze();
    this.#hangUp();
    if (!this.#wanted) return;
    this.#say({ phase: 'reconnecting' });
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt++) * (0.7 + Math.random() * 0.6);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#connect(), wait);
  }

  #hangUp(): void {
    this.#line?.hangUp();
    this.#heir?.hangUp();
    this.#line = this.#heir = null;
    clearTimeout(this.#renewal);
    this.#screen.close();
  }
}
