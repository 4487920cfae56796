// Turns a camera while a button or key is held. One request at a time; the newest wish wins.
import { api, unwrap } from '@/api/client';
import { ask, post } from './setup-node';

export interface Wish {
  pan: number;
  tilt: number;
  zoom: number;
}

export interface Preset {
  token: string;
  name: string;
}

/** The node ends a move that is not renewed within 1.5 s; so does the camera. */
export const RENEW_MS = 600;
const MARGIN_MS = 15_000;
const STILL: Wish = { pan: 0, tilt: 0, zoom: 0 };

export const isStill = (wish: Wish): boolean => !wish.pan && !wish.tilt && !wish.zoom;

/** The sum of what is held: up and left together go slantwise. */
export function together(held: Iterable<Wish>): Wish {
  const sum = { ...STILL };
  for (const wish of held) {
    sum.pan += wish.pan;
    sum.tilt += wish.tilt;
    sum.zoom += wish.zoom;
  }
  const clamp = (value: number): number => Math.max(-1, Math.min(1, value));
  return { pan: clamp(sum.pan), tilt: clamp(sum.tilt), zoom: clamp(sum.zoom) };
}

export class Wheel {
  private url = '';
  private until = 0;
  private wish = STILL;
  private sent = STILL;
  private sending = false;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly cameraId: number,
    private readonly purpose: string,
    private readonly onerror: (error: unknown) => void,
  ) {}

  /** The places that the camera remembers; throws where it cannot be turned. */
  async presets(): Promise<Preset[]> {
    const answer = await ask(await this.address(), {});
    return ((await answer.json()) as { presets: Preset[] }).presets;
  }

  async goTo(token: string): Promise<void> {
    await post(await this.address(), { preset: token });
  }

  turn(wish: Wish): void {
    this.wish = wish;
    clearInterval(this.timer);
    if (!isStill(wish)) this.timer = setInterval(() => void this.send(true), RENEW_MS);
    void this.send();
  }

  private async send(renew = false): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      while (renew || this.wish !== this.sent) {
        renew = false;
        const wish = this.wish;
        await post(await this.address(), isStill(wish) ? { stop: true } : wish);
        this.sent = wish;
      }
    } catch (error) {
      clearInterval(this.timer);
      this.sent = this.wish;
      this.onerror(error);
    } finally {
      this.sending = false;
    }
  }

  private async address(): Promise<string> {
    if (Date.now() < this.until) return this.url;
    const params = { path: { camera_id: this.cameraId } };
    const body = { purpose: this.purpose };
    const told = await unwrap(api.POST('/api/v1/cctv/cameras/{camera_id}/ptz-access', { params, body }));
    this.until = Date.parse(told.expires_at) - MARGIN_MS;
    this.url = told.ptz;
    return this.url;
  }
}
