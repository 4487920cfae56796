// Photos kept by the core: where they are shown from, how they get there.
import { coreFetch } from './fetch';

export function photoUrl(id: string): string {
  return `/api/v1/photos/${id}`;
}

/** Uploads a photo; the core strips EXIF and scales it. Gives its id. */
export async function uploadPhoto(file: Blob): Promise<string> {
  const form = new FormData();
  form.append('photo', file, 'photo.jpg');
  const request = new Request(new URL('/api/v1/photos', location.origin), { method: 'POST', body: form });
  const { id } = (await (await coreFetch(request)).json()) as { id: string };
  return id;
}
