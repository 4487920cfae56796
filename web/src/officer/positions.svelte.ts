// Where the phone is: kept while there is no link, sent in batches while the unit is on duty.
// Without permission everything else goes on; the page says that the centre cannot see the unit.
import { api, unwrap } from '@/api/client';
import { ApiError } from '@/api/errors';
import type { components } from '@/api/schema';

type Fix = components['schemas']['FixIn'];

const SEND_MS = 4000;
const LEAST_MS = 2000;
const KEPT = 500;

const state = $state<{ last: GeolocationPosition | null; trouble: 'denied' | 'unavailable' | null }>({
  last: null,
  trouble: null,
});

export const position = {
  get here(): { lat: number; lon: number } | null {
    return state.last && { lat: state.last.coords.latitude, lon: state.last.coords.longitude };
  },
  get trouble() {
    return state.trouble;
  },
};

/** Watches and sends until the returned function is called. */
export function share(): () => void {
  if (!('geolocation' in navigator)) {
    state.trouble = 'unavailable';
    return () => undefined;
  }
  let fixes: Fix[] = [];
  const watch = navigator.geolocation.watchPosition(
    (found) => {
      state.last = found;
      state.trouble = null;
      const previous = fixes.at(-1);
      if (previous && found.timestamp - Date.parse(previous.at) < LEAST_MS) fixes.pop();
      fixes.push(fixOf(found));
      // The newest count most; the oldest of a long gap are let go.
      fixes = fixes.slice(-KEPT);
    },
    (error) => {
      state.trouble = error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable';
    },
    { enableHighAccuracy: true, maximumAge: 2000, timeout: 30_000 },
  );
  const timer = setInterval(() => void flush(), SEND_MS);

  async function flush(): Promise<void> {
    if (fixes.length === 0) return;
    const batch = fixes;
    fixes = [];
    try {
      const body = { sent_at: new Date().toISOString(), fixes: batch };
      await unwrap(api.POST('/api/v1/field/positions', { body }));
    } catch (error) {
      if (error instanceof ApiError && error.passing) fixes = [...batch, ...fixes].slice(-KEPT);
    }
  }
  return () => {
    navigator.geolocation.clearWatch(watch);
    clearInterval(timer);
    void flush();
  };
}

function fixOf({ coords, timestamp }: GeolocationPosition): Fix {
  return {
    at: new Date(timestamp).toISOString(),
    lat: coords.latitude,
    lon: coords.longitude,
    accuracy_m: coords.accuracy,
    speed_mps: coords.speed,
    heading_deg: coords.heading,
  };
}
