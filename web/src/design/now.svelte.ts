// One clock for the page: seconds tick once for every counting thing, corrected to the server's time.
const state = $state({ ms: Date.now() });
let skewMs = 0;
let timer: ReturnType<typeof setInterval> | undefined;

export const now = {
  /** Server time in milliseconds, ticking each second. */
  get ms(): number {
    timer ??= setInterval(() => (state.ms = Date.now() + skewMs), 1000);
    return state.ms;
  },
};

/** Called with the server's clock (a Date header, the stream): a wrong clock here must not lie in a limit. */
export function setServerTime(serverMs: number): void {
  const seen = serverMs - Date.now();
  // Below two seconds it is the network and the header's whole seconds, not the clock.
  skewMs = Math.abs(seen) < 2000 ? 0 : seen;
}

/** The server's time at this very moment, for stamps; `now.ms` ticks only once a second. */
export function serverNow(): Date {
  return new Date(Date.now() + skewMs);
}

export function secondsSince(iso: string | number): number {
  return (now.ms - new Date(iso).getTime()) / 1000;
}
