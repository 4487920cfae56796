// The deck: one clock for up to four recordings, what is recorded of each, and how one moves through them.
// Tiles give it their video elements; it steers them, waits for the slow one, and jumps where nobody has pictures.
import { loadArchive, type Archive } from './archive';
import { iso, sibling } from './addresses';
import { cachedGrant, type AskGrant, type Grant } from './grant';
import { Reel } from './reel';
import { holds, neighbour, overGap, type Mark } from './timeline';
import type { Span } from './recording';

export interface DeckCamera {
  id: number;
  name: string;
  /** Asks for the addresses of a period. */
  ask: (period: Span) => AskGrant;
  /** Asks for the addresses of a clip that is taken away, under a purpose of its own. */
  clip?: ((period: Span) => AskGrant) | undefined;
  /** Puts on record that a still was taken away. */
  record?: (() => Promise<unknown>) | undefined;
}

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16] as const;
/** From here on key frames alone are fetched: more no browser decodes. */
const KEYS_FROM = 8;
const KEYS_FROM_MANY = 4;
const STEP_MS = 40;
const HOLD_MS = 3000;
const FRESH_MS = 10_000;
/** The node writes a fragment at most this late: closer to now there is nothing to play yet. */
export const EDGE_MS = 4000;
const FILM_MS = 2 * 3_600_000;

export type SlotState = 'loading' | 'ready' | 'gap' | 'failed' | 'unplayable';

export class Slot {
  readonly camera: DeckCamera;
  archive = $state.raw<Archive | null>(null);
  error = $state.raw<unknown>(null);
  state = $state<SlotState>('loading');
  /** How far the picture is from the common clock, milliseconds. */
  driftMs = $state<number | null>(null);
  reel: Reel | null = null;
  video: HTMLVideoElement | null = null;
  grant: (fresh?: boolean) => Promise<Grant>;
  waitingSince = 0;
  /** Its recording has sound that can be heard. */
  sound = $state(false);

  constructor(camera: DeckCamera, period: Span) {
    this.camera = camera;
    this.grant = cachedGrant(camera.ask(period));
  }

  get recorded(): Span[] {
    return this.archive?.recorded ?? [];
  }
}

export class Deck {
  /** The moment that is shown. */
  at = $state(0);
  playing = $state(false);
  speed = $state<number>(1);
  /** Sound of a single camera, at the speed it had: four in step would only be noise. */
  muted = $state(true);
  period = $state.raw<Span>({ from: 0, to: 0 });
  slots = $state.raw<Slot[]>([]);
  marks = $state.raw<readonly Mark[]>([]);
  /** Beginning and end of the clip that is being chosen. */
  chosen = $state.raw<{ from: number | null; to: number | null }>({ from: null, to: null });
  /** Milliseconds without recording that were jumped over last, and when; for the words about it. */
  jumped = $state.raw<{ ms: number; at: number } | null>(null);
  /** Waits for a camera that still loads. */
  holding = $state(false);
  /** Plays in a ring between these. */
  ring: Span | null = null;
  onedge: (() => void) | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #refresh: ReturnType<typeof setInterval> | undefined;
  #steppedOn = 0;

  constructor(cameras: readonly DeckCamera[], period: Span, at: number) {
    this.period = period;
    this.at = at;
    this.slots = cameras.map((camera) => new Slot(camera, period));
  }

  start(): void {
    this.#steppedOn = performance.now();
    this.#timer = setInterval(() => this.#step(), STEP_MS);
    this.#refresh = setInterval(() => this.period.to > Date.now() && void this.load(), FRESH_MS);
    void this.load();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearInterval(this.#refresh);
    for (const slot of this.slots) slot.reel?.close();
  }

  /** Asks each camera's node what it has. */
  async load(): Promise<void> {
    await Promise.all(this.slots.map((slot) => this.#loadSlot(slot)));
  }

  attach(slot: Slot, video: HTMLVideoElement): () => void {
    slot.video = video;
    slot.reel = new Reel(video, async (from, keys) => {
      const grant = await slot.grant();
      if (grant.play === null) throw new Error('no film was granted');
      const to = Math.min(this.period.to, from + FILM_MS);
      return sibling(grant.play, 'play', { from: iso(from), to: iso(to), ...(keys ? { keys: '1' } : {}) });
    });
    return () => {
      slot.reel?.close();
      slot.reel = slot.video = null;
    };
  }

  seek(at: number): void {
    this.at = Math.min(Math.max(at, this.period.from), this.#edge());
    for (const slot of this.slots) slot.waitingSince = performance.now();
    this.#step(0);
  }

  toggle(): void {
    this.playing = !this.playing;
  }

  /** One picture forward or back, by the first camera that has one. */
  stepFrame(direction: 1 | -1): void {
    this.playing = false;
    const slot = this.slots.find((candidate) => candidate.state === 'ready' && candidate.reel);
    const shown = slot?.reel?.shownMs ?? this.at;
    this.seek(shown + direction * (slot?.reel?.frameS ?? 0.04) * 1000 + 1);
  }

  faster(direction: 1 | -1): void {
    const next = SPEEDS.findIndex((speed) => speed >= this.speed) + direction;
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, next))]!;
  }

  toMark(direction: 1 | -1): boolean {
    return this.#toStart(
      this.marks.map((mark) => mark.at),
      direction,
    );
  }

  toMotion(direction: 1 | -1): boolean {
    const starts = this.slots.flatMap((slot) => slot.archive?.motion.map((motion) => motion.from) ?? []);
    return this.#toStart(starts, direction);
  }

  #toStart(starts: readonly number[], direction: 1 | -1): boolean {
    const LEAD_MS = 1000;
    const found = neighbour(starts, this.at + LEAD_MS, direction);
    if (found !== null) this.seek(found - LEAD_MS);
    return found !== null;
  }

  async #loadSlot(slot: Slot): Promise<void> {
    try {
      slot.archive = await loadArchive(await slot.grant(), this.period);
      slot.error = null;
    } catch (error) {
      if (slot.archive === null) slot.error = error;
    }
  }

  #edge(): number {
    return Math.min(this.period.to, Date.now() - EDGE_MS);
  }

  #step(passedMs?: number): void {
    const now = performance.now();
    const passed = passedMs ?? now - this.#steppedOn;
    this.#steppedOn = now;
    const late = this.slots.filter((slot) => slot.state === 'loading' && now - slot.waitingSince < HOLD_MS);
    this.holding = this.playing && late.length > 0;
    if (this.playing && !this.holding) this.#advance(passed * this.speed);
    const keys = this.speed >= (this.slots.length > 1 ? KEYS_FROM_MANY : KEYS_FROM);
    for (const slot of this.slots) this.#steer(slot, keys, now);
  }

  #advance(byMs: number): void {
    let at = this.at + byMs;
    if (this.ring && at >= this.ring.to) return this.seek(this.ring.from);
    const edge = this.#edge();
    if (at >= edge) {
      at = edge;
      if (this.speed > 1) this.speed = 1;
      if (this.period.to <= Date.now()) this.playing = false;
      this.onedge?.();
    }
    const known = this.slots.filter((slot) => slot.archive).map((slot) => slot.recorded);
    const next = known.length === this.slots.length ? overGap(known, at) : null;
    if (next !== null && next < edge) {
      this.jumped = { ms: next - at, at: Date.now() };
      at = next;
    }
    this.at = at;
  }

  #steer(slot: Slot, keys: boolean, now: number): void {
    const reel = slot.reel;
    if (!reel) return;
    if (slot.archive && !holds(slot.recorded, this.at) && !this.#growing(slot)) {
      reel.wait();
      this.#become(slot, 'gap', now);
      slot.driftMs = null;
      return;
    }
    reel.listen(!this.muted && this.slots.length === 1);
    if (slot.sound !== reel.hasSound) slot.sound = reel.hasSound;
    reel.follow(this.at, this.speed, this.playing && !this.holding, keys);
    this.#become(slot, reel.state, now);
    const shown = reel.shownMs;
    slot.driftMs = shown === null ? null : Math.round((shown - this.at) / Math.max(1, this.speed));
  }

  /** The list of what is recorded is some seconds old: close to now a recording that ran goes on. */
  #growing(slot: Slot): boolean {
    const last = slot.recorded.at(-1);
    return (
      last !== undefined &&
      this.at >= last.from &&
      this.at - last.to < FRESH_MS * 2 &&
      Date.now() - last.to < FRESH_MS * 3
    );
  }

  #become(slot: Slot, state: SlotState, now: number): void {
    if (slot.state === state) return;
    if (state === 'loading') slot.waitingSince = now;
    slot.state = state;
  }
}
