// What the player must know of an MP4: the tracks of an init segment with their codecs, and where a
// fragment lies in time. Reads boxes only (ISO 14496-12); pictures are left to the browser.

export interface Track {
  id: number;
  kind: 'video' | 'audio';
  timescale: number;
  /** As MediaSource wants it ("avc1.64001f"); the bare entry name where it cannot be told. */
  codec: string;
}

export interface Fragment {
  /** Wall clock of the first picture, milliseconds; null where the file does not tell. */
  wallMs: number | null;
  /** Decode time and length in seconds of the track's own clock. */
  baseS: number;
  durationS: number;
  pictures: number;
  /** Begins with a key frame. */
  key: boolean;
}

interface Box {
  type: string;
  /** Of the content, without the header. */
  from: number;
  to: number;
}

const NTP_EPOCH_S = 2_208_988_800;
const NOT_KEY = 0x10000;
const FREE = [...'free'].map((letter) => letter.charCodeAt(0));
/** Bytes before the boxes inside a sample entry: of a picture, of sound. */
const ENTRY_HEAD = { video: 78, audio: 28 };

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function boxes(view: DataView, from = 0, to = view.byteLength): Box[] {
  const found: Box[] = [];
  let at = from;
  while (at + 8 <= to) {
    const size = view.getUint32(at) || to - at;
    if (size < 8 || at + size > to) break;
    found.push({ type: nameAt(view, at + 4), from: at + 8, to: at + size });
    at += size;
  }
  return found;
}

function nameAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
}

function inside(view: DataView, box: Box | undefined, ...path: string[]): Box | undefined {
  let here = box;
  for (const name of path) here = here && boxes(view, here.from, here.to).find((inner) => inner.type === name);
  return here;
}

/** The tracks of an init segment; empty for anything else. */
export function tracksOf(init: Uint8Array): Track[] {
  const view = viewOf(init);
  const moov = boxes(view).find((box) => box.type === 'moov');
  if (!moov) return [];
  return boxes(view, moov.from, moov.to)
    .filter((box) => box.type === 'trak')
    .flatMap((trak) => trackOf(view, trak) ?? []);
}

function trackOf(view: DataView, trak: Box): Track | null {
  const head = inside(view, trak, 'tkhd');
  const media = inside(view, trak, 'mdia', 'mdhd');
  const handler = inside(view, trak, 'mdia', 'hdlr');
  const entries = inside(view, trak, 'mdia', 'minf', 'stbl', 'stsd');
  if (!head || !media || !handler || !entries) return null;
  const kind = { vide: 'video' as const, soun: 'audio' as const }[nameAt(view, handler.from + 8)];
  const [entry] = boxes(view, entries.from + 8, entries.to);
  if (!kind || !entry) return null;
  return {
    id: view.getUint32(head.from + (view.getUint8(head.from) === 1 ? 20 : 12)),
    kind,
    timescale: view.getUint32(media.from + (view.getUint8(media.from) === 1 ? 20 : 12)),
    codec: codecOf(view, entry, kind),
  };
}

function codecOf(view: DataView, entry: Box, kind: Track['kind']): string {
  const record = (name: string): Box | undefined =>
    boxes(view, entry.from + ENTRY_HEAD[kind], entry.to).find((box) => box.type === name);
  const at = (box: Box, n: number): number => view.getUint8(box.from + n);
  const avc = record('avcC');
  if (avc) return `${entry.type}.${[1, 2, 3].map((n) => hex(at(avc, n))).join('')}`;
  const hevc = record('hvcC');
  if (hevc) return hevcName(entry.type, view, hevc);
  const vp9 = record('vpcC');
  if (vp9) return `vp09.${two(at(vp9, 4))}.${two(at(vp9, 5))}.${two(at(vp9, 6) >> 4)}`;
  const av1 = record('av1C');
  if (av1) return av1Name(at(av1, 1), at(av1, 2));
  return entry.type === 'mp4a' ? 'mp4a.40.2' : entry.type;
}

function hevcName(entry: string, view: DataView, record: Box): string {
  const first = view.getUint8(record.from + 1);
  const space = ['', 'A', 'B', 'C'][first >> 6]!;
  const tier = first & 0x20 ? 'H' : 'L';
  let flags = 0;
  for (let bit = 0; bit < 32; bit++) {
    if (view.getUint32(record.from + 2) & (1 << bit)) flags |= 1 << (31 - bit);
  }
  const constraints = [6, 7, 8, 9, 10, 11].map((n) => view.getUint8(record.from + n));
  while (constraints.at(-1) === 0) constraints.pop();
  const level = view.getUint8(record.from + 12);
  const head = `${entry}.${space}${first & 0x1f}.${(flags >>> 0).toString(16).toUpperCase()}.${tier}${level}`;
  return [head, ...constraints.map((value) => value.toString(16).toUpperCase())].join('.');
}

function av1Name(profileAndLevel: number, rest: number): string {
  const depth = rest & 0x40 ? (rest & 0x20 ? 12 : 10) : 8;
  return `av01.${profileAndLevel >> 5}.${two(profileAndLevel & 0x1f)}${rest & 0x80 ? 'H' : 'M'}.${two(depth)}`;
}

const hex = (value: number): string => value.toString(16).padStart(2, '0');
const two = (value: number): string => String(value).padStart(2, '0');

/** Hides every track but the picture's: its boxes become `free`, so no offset moves. Changes the bytes. */
export function silence(bytes: Uint8Array, picture: Track): void {
  const view = viewOf(bytes);
  const hide = (box: Box): void => bytes.set(FREE, box.from - 4);
  for (const top of boxes(view)) {
    if (top.type !== 'moov' && top.type !== 'moof') continue;
    for (const inner of boxes(view, top.from, top.to)) {
      if (inner.type === 'mvex') {
        boxes(view, inner.from, inner.to)
          .filter((trex) => trex.type === 'trex' && view.getUint32(trex.from + 4) !== picture.id)
          .forEach(hide);
      }
      const id = trackIdOf(view, inner);
      if (id !== null && id !== picture.id) hide(inner);
    }
  }
}

function trackIdOf(view: DataView, box: Box): number | null {
  if (box.type === 'trak') return trackOf(view, box)?.id ?? null;
  const head = box.type === 'traf' ? inside(view, box, 'tfhd') : undefined;
  return head ? view.getUint32(head.from + 4) : null;
}

/** The type of a stream of these tracks, as `MediaSource.isTypeSupported` takes it. */
export function mimeOf(tracks: readonly Track[]): string {
  return `video/mp4; codecs="${tracks.map((track) => track.codec).join(',')}"`;
}

/** Where the pictures of a fragment lie; null when it holds none. */
export function fragmentOf(bytes: Uint8Array, picture: Track): Fragment | null {
  const view = viewOf(bytes);
  const top = boxes(view);
  const moof = top.find((box) => box.type === 'moof');
  if (!moof) return null;
  const clock = top.find((box) => box.type === 'prft');
  for (const traf of boxes(view, moof.from, moof.to).filter((box) => box.type === 'traf')) {
    const head = inside(view, traf, 'tfhd');
    if (!head || view.getUint32(head.from + 4) !== picture.id) continue;
    const time = inside(view, traf, 'tfdt');
    const run = runOf(view, inside(view, traf, 'trun'));
    if (!time || !run) return null;
    const long = view.getUint8(time.from) === 1;
    const base = long ? Number(view.getBigUint64(time.from + 4)) : view.getUint32(time.from + 4);
    return {
      wallMs: clock ? ntpMs(view, clock) : null,
      baseS: base / picture.timescale,
      durationS: run.ticks / picture.timescale,
      pictures: run.count,
      key: run.key,
    };
  }
  return null;
}

function runOf(view: DataView, run: Box | undefined): { ticks: number; count: number; key: boolean } | null {
  if (!run) return null;
  const flags = view.getUint32(run.from) & 0xffffff;
  const count = view.getUint32(run.from + 4);
  const first = run.from + 8 + (flags & 1 ? 4 : 0);
  const row = first + (flags & 4 ? 4 : 0);
  const width = [0x100, 0x200, 0x400, 0x800].reduce((sum, bit) => sum + (flags & bit ? 4 : 0), 0);
  let ticks = 0;
  if (flags & 0x100) for (let n = 0; n < count; n++) ticks += view.getUint32(row + n * width);
  const flagsAt = flags & 4 ? first : row + (flags & 0x100 ? 4 : 0) + (flags & 0x200 ? 4 : 0);
  const known = flags & 0x404;
  return { ticks, count, key: !known || (view.getUint32(flagsAt) & NOT_KEY) === 0 };
}

function ntpMs(view: DataView, box: Box): number {
  const seconds = view.getUint32(box.from + 8) - NTP_EPOCH_S;
  return seconds * 1000 + (view.getUint32(box.from + 12) / 2 ** 32) * 1000;
}

/** Cuts a stream of bytes into the init segment and whole fragments, in order. */
export class Splitter {
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #scanned = 0;

  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const all = new Uint8Array(this.#rest.length + chunk.length);
    all.set(this.#rest);
    all.set(chunk, this.#rest.length);
    const view = viewOf(all);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let begun = 0;
    let at = this.#scanned;
    while (at + 8 <= all.length) {
      const size = view.getUint32(at);
      if (size < 8) throw new Error('not an MP4 stream');
      if (at + size > all.length) break;
      const type = nameAt(view, at + 4);
      at += size;
      if (type === 'moov' || type === 'mdat') {
        pieces.push(all.slice(begun, at));
        begun = at;
      }
    }
    this.#rest = all.slice(begun);
    this.#scanned = at - begun;
    return pieces;
  }
}
