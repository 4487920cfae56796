import { expect, it } from 'vitest';
import { fragmentOf, mimeOf, silence, Splitter, tracksOf } from './mp4';

const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const name = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));
const box = (type: string, ...content: number[][]): number[] => {
  const body = content.flat();
  return [...u32(body.length + 8), ...name(type), ...body];
};
const zeros = (count: number): number[] => Array<number>(count).fill(0);

function trak(id: number, handler: string, timescale: number, entry: number[]): number[] {
  return box(
    'trak',
    box('tkhd', zeros(12), u32(id), zeros(8)),
    box(
      'mdia',
      box('mdhd', zeros(12), u32(timescale), zeros(8)),
      box('hdlr', zeros(8), name(handler), zeros(13)),
      box('minf', box('stbl', box('stsd', zeros(4), u32(1), entry))),
    ),
  );
}

const picture = (type: string, record: number[]): number[] => box(type, zeros(78), record);
const init = (...traks: number[][]): Uint8Array =>
  new Uint8Array([...box('ftyp', name('iso5')), ...box('moov', box('mvhd', zeros(100)), ...traks)]);
const codec = (entry: number[]): string => tracksOf(init(trak(1, 'vide', 90_000, entry)))[0]!.codec;

it('tells the codec of every kind of picture a camera or the node may send', () => {
  expect(codec(picture('avc1', box('avcC', [1, 0x64, 0, 0x1f, 255])))).toBe('avc1.64001f');
  const hevc = [1, 0x01, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93];
  expect(codec(picture('hvc1', box('hvcC', hevc)))).toBe('hvc1.1.6.L93.B0');
  expect(codec(picture('vp09', box('vpcC', zeros(4), [0, 31, 0x82])))).toBe('vp09.00.31.08');
  expect(codec(picture('av01', box('av1C', [0x81, 0x08, 0x0c, 0])))).toBe('av01.0.08M.08');
  expect(codec(picture('mp4v', []))).toBe('mp4v');
});

it('names picture and sound together', () => {
  const tracks = tracksOf(
    init(
      trak(1, 'vide', 90_000, picture('avc1', box('avcC', [1, 0x42, 0xc0, 0x1e]))),
      trak(2, 'soun', 8000, box('mp4a', zeros(28))),
    ),
  );
  expect(tracks.map((track) => [track.id, track.kind, track.timescale])).toEqual([
    [1, 'video', 90_000],
    [2, 'audio', 8000],
  ]);
  expect(mimeOf(tracks)).toBe('video/mp4; codecs="avc1.42c01e,mp4a.40.2"');
  expect(tracksOf(new Uint8Array([1, 2, 3]))).toEqual([]);
});

function fragment(base: number, durations: number[], key: boolean, wallS: number): number[] {
  const rows = durations.flatMap((d, n) => [
    ...u32(d),
    ...u32(4),
    ...u32(key && n === 0 ? 0x2000000 : 0x1010000),
    ...u32(0),
  ]);
  const ntp = [...u32(Math.floor(wallS) + 2_208_988_800), ...u32((wallS % 1) * 2 ** 32)];
  return [
    ...box('prft', zeros(4), u32(1), ntp, u32(0), u32(base)),
    ...box(
      'moof',
      box('mfhd', zeros(8)),
      box(
        'traf',
        box('tfhd', [0, 2, 0, 0], u32(1)),
        box('tfdt', [1, 0, 0, 0], u32(0), u32(base)),
        box('trun', [1, 0, 0xf, 1], u32(durations.length), u32(0), rows),
      ),
    ),
    ...box('mdat', zeros(9)),
  ];
}

const track = { id: 1, kind: 'video' as const, timescale: 90_000, codec: '' };

it('hides the sound without moving anything', () => {
  const entry = picture('avc1', box('avcC', [1, 0x42, 0xc0, 0x1e]));
  const both = init(trak(1, 'vide', 90_000, entry), trak(2, 'soun', 8000, box('ulaw', zeros(28))));
  const [shown] = tracksOf(both);
  const before = both.length;
  silence(both, shown!);
  expect(both).toHaveLength(before);
  expect(tracksOf(both)).toEqual([shown]);
});

it('finds the place of a fragment in media and wall time', () => {
  const found = fragmentOf(new Uint8Array(fragment(180_000, [9000, 9000], true, 1_700_000_000.5)), track);
  expect(found).toEqual({ baseS: 2, durationS: 0.2, pictures: 2, key: true, wallMs: 1_700_000_000_500 });
  expect(fragmentOf(new Uint8Array(fragment(0, [9000], false, 1)), track)?.key).toBe(false);
  expect(fragmentOf(new Uint8Array(fragment(0, [9000], true, 1)), { ...track, id: 7 })).toBeNull();
});

it('cuts a stream into init and fragments wherever the network cut it', () => {
  const head = init(trak(1, 'vide', 90_000, picture('avc1', box('avcC', [1, 0x64, 0, 0x1f]))));
  const parts = [fragment(0, [9000], true, 1), fragment(9000, [9000], false, 2)];
  const whole = new Uint8Array([...head, ...parts.flat()]);
  for (const size of [1, 7, 64, 100_000]) {
    const splitter = new Splitter();
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += size) pieces.push(...splitter.push(whole.subarray(at, at + size)));
    expect(pieces.map((piece) => piece.length)).toEqual([head.length, ...parts.map((part) => part.length)]);
    expect(tracksOf(pieces[0]!)).toHaveLength(1);
  }
  expect(() => new Splitter().push(new Uint8Array(16))).toThrow('not an MP4');
});
