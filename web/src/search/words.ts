// The words that the search understands, in both languages. Data of the grammar.
import type { components } from '@/api/schema';
import type { ZoneKind } from '@/video/zone';

const named = <T extends string>(table: Record<T, string>): Readonly<Record<string, T>> =>
  Object.fromEntries(
    (Object.entries(table) as [T, string][]).flatMap(([value, words]) =>
      words.split(', ').map((word) => [word, value]),
    ),
  );

export const CLASS_WORDS = named<Exclude<components['schemas']['StreetClass'], 'unknown'>>({
  person: 'orang, pejalan kaki, person, people, pedestrian, man, woman, laki-laki, perempuan',
  bicycle: 'sepeda, bicycle, bike',
  car: 'mobil, car, cars, sedan',
  motorcycle: 'motor, sepeda motor, motorcycle, motorbike',
  bus: 'bus, bis, buses',
  truck: 'truk, truck, trucks',
});

export const COLOUR_WORDS = named<components['schemas']['Colour']>({
  red: 'merah, red',
  orange: 'jingga, oranye, orange',
  yellow: 'kuning, yellow',
  green: 'hijau, green',
  blue: 'biru, blue',
  purple: 'ungu, purple',
  brown: 'cokelat, coklat, brown',
  white: 'putih, white',
  grey: 'abu-abu, abu, kelabu, grey, gray',
  black: 'hitam, black',
});

export const KIND_WORDS = named<ZoneKind>({
  zone: 'zona terlarang, masuk zona, intrusion, forbidden area',
  line: 'garis hitung, counting line',
  loitering: 'berlama-lama, mondar-mandir, loitering',
  crowd: 'kerumunan, crowd',
  wrong_way: 'lawan arah, melawan arah, wrong way',
  stopped: 'kendaraan berhenti, mogok, stopped vehicle',
  object: 'barang tertinggal, barang diambil, left object, taken object',
  speed: 'ngebut, kecepatan, speeding, too fast',
  queue: 'antrean kendaraan, macet, vehicle queue',
  tamper: 'gangguan kamera, kamera ditutup, tampering',
});

/** Days before today. */
export const DAY_WORDS: Readonly<Record<string, number>> = {
  'hari ini': 0,
  today: 0,
  kemarin: 1,
  yesterday: 1,
  'kemarin lusa': 2,
  'dua hari lalu': 2,
};
export const NIGHT_WORDS: ReadonlySet<string> = new Set(['tadi malam', 'semalam', 'last night']);
/** Hours of the day. */
export const PARTS: Readonly<Record<string, readonly [number, number]>> = {
  pagi: [5, 10],
  morning: [5, 10],
  siang: [10, 15],
  noon: [10, 15],
  sore: [15, 18],
  afternoon: [12, 18],
  malam: [18, 24],
  evening: [18, 24],
};
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
export const UNITS: Readonly<Record<string, number>> = {
  menit: MINUTE,
  minutes: MINUTE,
  jam: HOUR,
  hours: HOUR,
  hari: DAY,
  days: DAY,
  minggu: 7 * DAY,
  weeks: 7 * DAY,
};
/** From Sunday on. */
export const WEEKDAYS: readonly (readonly string[])[] = [
  ['minggu', 'sunday'],
  ['senin', 'monday'],
  ['selasa', 'tuesday'],
  ['rabu', 'wednesday'],
  ['kamis', 'thursday'],
  ['jumat', 'friday'],
  ['sabtu', 'saturday'],
];
export const MONTHS: readonly (readonly string[])[] = [
  ['januari', 'january', 'jan'],
  ['februari', 'february', 'feb'],
  ['maret', 'march', 'mar'],
  ['april', 'apr'],
  ['mei', 'may'],
  ['juni', 'june', 'jun'],
  ['juli', 'july', 'jul'],
  ['agustus', 'august', 'agu', 'aug'],
  ['september', 'sep'],
  ['oktober', 'october', 'okt', 'oct'],
  ['november', 'nov'],
  ['desember', 'december', 'des', 'dec'],
];
