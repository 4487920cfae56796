// Photos are made small on the phone before they wait or travel: a picture of 12 MB helps nobody on a weak link.
const LONGEST_PX = 1920;
const QUALITY = 0.82;
const SMALL_ENOUGH_BYTES = 400_000;

/** The photo at most 1920 px long, as JPEG; the file itself where this browser cannot read it (the core then says so). */
export async function shrink(file: Blob): Promise<Blob> {
  if (file.type === 'image/jpeg' && file.size < SMALL_ENOUGH_BYTES) return file;
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file;
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
  return made ?? file;
}
