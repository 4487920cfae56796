// How a picture is kept where it should be: close to now in live, on the common clock in playback. Pure.

export interface Steering {
  /** Where to jump, seconds of media time; null: only the rate changes. */
  jumpTo: number | null;
  rate: number;
}

/** The least that may wait in the buffer: one more picture and the jitter of the network. */
const LEAST_BEHIND_S = 0.08;
const LARGEST_TARGET_S = 0.5;
const JUMP_S = 0.8;
const SLACK_S = 0.12;
const HURRY = 1.1;
const SLOW = 0.94;

/** How much to keep waiting for a camera of this frame interval (seconds) on this connection. */
export function liveTarget(frameS: number, jitterS: number): number {
  return Math.min(LARGEST_TARGET_S, Math.max(LEAST_BEHIND_S, frameS * 1.2) + jitterS);
}

/** Live: `at` is shown, pictures `start`–`end` are there. */
export function steerLive(at: number, start: number, end: number, targetS: number): Steering {
  const behind = end - at;
  if (at < start || behind > targetS + JUMP_S) return { jumpTo: Math.max(start, end - targetS), rate: 1 };
  if (behind > targetS + SLACK_S) return { jumpTo: null, rate: HURRY };
  if (behind < targetS / 3) return { jumpTo: null, rate: SLOW };
  return { jumpTo: null, rate: 1 };
}

const FAR_S = 0.3;
const CLOSE_S = 0.02;
const CORRECT_OVER_S = 0.6;
const LARGEST_CORRECTION = 0.15;
/** Browsers refuse rates outside of these. */
const RATES = { least: 0.0625, most: 16 };

/** Playback: brings `at` onto `goal` (media seconds) while the clock runs at `speed`. */
export function steerReel(at: number, goal: number, speed: number): Steering {
  const late = goal - at;
  if (Math.abs(late) > FAR_S * Math.max(1, speed)) return { jumpTo: goal, rate: within(speed) };
  if (Math.abs(late) < CLOSE_S) return { jumpTo: null, rate: within(speed) };
  const most = LARGEST_CORRECTION * Math.max(1, speed);
  const correction = Math.max(-most, Math.min(most, late / CORRECT_OVER_S));
  return { jumpTo: null, rate: within(speed + correction) };
}

function within(rate: number): number {
  return Math.min(RATES.most, Math.max(RATES.least, rate));
}
