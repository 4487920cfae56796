// Where this phone is, asked politely: never without a tap, unless it was allowed before.
export interface Place {
  lat: number;
  lon: number;
}

export type Trouble = 'denied' | 'unavailable';
const LIMIT_MS = 15_000;

/** Throws a Trouble. */
export function here(): Promise<Place & { accuracy_m: number }> {
  return new Promise((resolve, reject: (trouble: Trouble) => void) => {
    if (!('geolocation' in navigator)) return reject('unavailable');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy }),
      (error) => reject(error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable'),
      { enableHighAccuracy: true, timeout: LIMIT_MS, maximumAge: 30_000 },
    );
  });
}

export async function hereIfAllowed(): Promise<Place | null> {
  try {
    const permission = await navigator.permissions.query({ name: 'geolocation' });
    return permission.state === 'granted' ? await here() : null;
  } catch {
    return null;
  }
}
