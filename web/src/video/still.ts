// A still of what a video element shows, saved as a file on this machine.

/** The picture shown, in its own size; null before the first one. */
export async function stillOf(video: HTMLVideoElement): Promise<Blob | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || video.readyState < 2) return null;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));
}

/** "Simpang 3 2026-11-25 14.03.20.jpg": sorts by camera, then by time; no sign that a disk refuses. */
export function fileName(name: string, stamp: string, ending: string): string {
  const bare = `${name} ${stamp}`.replaceAll(':', '.').replace(/[^\p{L}\p{N} ._-]+/gu, '_');
  return `${bare}.${ending}`;
}

export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
