// Reads "mobil merah kemarin sore di Jalan Sudirman": classes, colours, kinds of rules and a time; what is left
// names cameras, rules, areas or places. Grammar in docs/how-it-works.md. Pure; times are the city's.
//
//   search  = { "quoted words" | class | colour | kind | time | word }
//   time    = day [daypart] | daypart-of-night | clock | last
//   day     = hari ini, kemarin, kemarin lusa, today, yesterday, a weekday, d/m, d month
//   daypart = pagi 5–10, siang 10–15, sore 15–18, malam 18–24; tadi malam, semalam, last night 18–6
//   clock   = (jam | pukul | at) h[.mm]: one hour from then
//   last    = n (menit | jam | hari | minggu) (terakhir | lalu) and the same in English
import type { components } from '@/api/schema';
import { cityStamp, fromCityStamp } from '@/design/format';
import type { ZoneKind } from '@/video/zone';
import { CLASS_WORDS, COLOUR_WORDS, DAY_WORDS, KIND_WORDS, MONTHS, NIGHT_WORDS, PARTS, UNITS, WEEKDAYS } from './words';

export type StreetClass = components['schemas']['StreetClass'];
export type Colour = components['schemas']['Colour'];
export interface Period {
  from: number;
  to: number;
}
export interface Chip {
  /** As it stands in the text: taking the chip away takes these words away. */
  source: string;
  kind: 'class' | 'colour' | 'rule' | 'time';
  value: string;
}
export interface Reading {
  classes: StreetClass[];
  colours: Colour[];
  kinds: ZoneKind[];
  period: Period | null;
  rest: string;
  chips: Chip[];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

interface Times {
  day: number | null;
  part: readonly [number, number] | null;
  clock: number | null;
  exact: Period | null;
}

/** What a text asks for at `now` (ms). Words that mean nothing here stay in `rest`, in their order. */
export function read(text: string, now: number): Reading {
  const reading: Reading = { classes: [], colours: [], kinds: [], period: null, rest: '', chips: [] };
  const times: Times = { day: null, part: null, clock: null, exact: null };
  const rest: string[] = [];
  for (const piece of text.match(/"[^"]*"|[^"]+/g) ?? []) {
    if (piece.startsWith('"')) rest.push(piece.replaceAll('"', ''));
    else rest.push(...readPlain(piece, now, reading, times));
  }
  reading.period = periodOf(times, now);
  reading.rest = rest.filter(Boolean).join(' ').replace(/\s+/g, ' ').trim();
  return reading;
}

/** The text without the words of a chip. */
export function without(text: string, chip: Chip): string {
  return text.replace(chip.source, ' ').replace(/\s+/g, ' ').trim();
}

function readPlain(piece: string, now: number, reading: Reading, times: Times): string[] {
  const words = piece.split(/\s+/).filter(Boolean);
  const left: string[] = [];
  for (let at = 0; at < words.length;) {
    const taken = takeTime(words, at, now, times, reading) || takeWord(words, at, reading);
    if (!taken) left.push(words[at]!);
    at += taken || 1;
  }
  // A preposition before a time that was taken says nothing any more.
  return left.filter((word, at) => !(at === left.length - 1 && /^(pada|di|on|at)$/i.test(word)));
}

function takeWord(words: readonly string[], at: number, reading: Reading): number {
  for (const length of [3, 2, 1]) {
    const source = words.slice(at, at + length).join(' ');
    if (words.length < at + length) continue;
    const said = source.toLowerCase().replace(/[,.]+$/, '');
    const found = find(said);
    if (!found) continue;
    if (found.kind === 'class') reading.classes = unique(reading.classes, found.value as StreetClass);
    if (found.kind === 'colour') reading.colours = unique(reading.colours, found.value as Colour);
    if (found.kind === 'rule') reading.kinds = unique(reading.kinds, found.value as ZoneKind);
    reading.chips.push({ source, ...found });
    return length;
  }
  return 0;
}

function find(said: string): Omit<Chip, 'source'> | null {
  const [street, colour, kind] = [CLASS_WORDS[said], COLOUR_WORDS[said], KIND_WORDS[said]];
  if (street) return { kind: 'class', value: street };
  if (colour) return { kind: 'colour', value: colour };
  return kind ? { kind: 'rule', value: kind } : null;
}

const unique = <T>(list: readonly T[], value: T): T[] => [...new Set([...list, value])];

function takeTime(words: readonly string[], at: number, now: number, times: Times, reading: Reading): number {
  for (const length of [3, 2, 1]) {
    if (words.length < at + length) continue;
    const source = words.slice(at, at + length).join(' ');
    if (!readTime(source.toLowerCase().replace(/[,.]+$/, ''), now, times)) continue;
    reading.chips.push({ source, kind: 'time', value: source });
    return length;
  }
  return 0;
}

function readTime(said: string, now: number, times: Times): boolean {
  const last = /^(\d{1,3}) (\p{L}+) (terakhir|lalu|ago)$/u.exec(said) ?? /^last (\d{1,3}) (\p{L}+)$/u.exec(said);
  const unit = last && UNITS[last[2]!];
  if (last && unit) {
    times.exact = { from: now - Number(last[1]) * unit, to: now };
    return true;
  }
  if (NIGHT_WORDS.has(said)) {
    const midnight = dayStart(now, 0);
    times.exact = { from: midnight - 6 * HOUR_MS, to: midnight + 6 * HOUR_MS };
    return true;
  }
  const clock = /^(?:jam|pukul|at) (\d{1,2})(?:[.:](\d{2}))?$/.exec(said);
  if (clock && Number(clock[1]) < 24) {
    times.clock = Number(clock[1]) + Number(clock[2] ?? 0) / 60;
    return true;
  }
  const part = PARTS[said.replace(/^(tadi|this|in the) /, '')];
  if (part) {
    times.part = part;
    return true;
  }
  const day = DAY_WORDS[said] !== undefined ? dayStart(now, DAY_WORDS[said]) : (weekday(said, now) ?? date(said, now));
  if (day !== null) times.day = day;
  return day !== null;
}

function periodOf({ day, part, clock, exact }: Times, now: number): Period | null {
  if (exact) return exact;
  if (day === null && part === null && clock === null) return null;
  const start = day ?? dayStart(now, 0);
  if (clock !== null) return { from: start + clock * HOUR_MS, to: start + (clock + 1) * HOUR_MS };
  const [low, high] = part ?? [0, 24];
  return { from: start + low * HOUR_MS, to: start + high * HOUR_MS };
}

/** Midnight of the city, `back` days before the day of `now`. */
function dayStart(now: number, back: number): number {
  return fromCityStamp(`${cityStamp(now - back * DAY_MS).slice(0, 10)}T00:00:00`);
}

function weekday(said: string, now: number): number | null {
  const wanted = WEEKDAYS.findIndex((names) => names.includes(said));
  if (wanted < 0) return null;
  const today = new Date(`${cityStamp(now)}Z`).getUTCDay();
  return dayStart(now, (today - wanted + 7) % 7);
}

function date(said: string, now: number): number | null {
  const figures = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?$/.exec(said);
  const named = /^(\d{1,2}) (\p{L}+)$/u.exec(said);
  const month = figures ? Number(figures[2]) : named ? MONTHS.findIndex((names) => names.includes(named[2]!)) + 1 : 0;
  const day = Number((figures ?? named)?.[1]);
  if (month < 1 || month > 12 || !(day >= 1 && day <= 31)) return null;
  const year = Number(figures?.[3] ?? cityStamp(now).slice(0, 4));
  const stamp = (y: number): string =>
    `${y}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T00:00:00`;
  if (Number.isNaN(Date.parse(`${stamp(year)}Z`))) return null;
  const at = fromCityStamp(stamp(year));
  // Nobody searches the recordings of days to come.
  return at > now && !figures?.[3] ? fromCityStamp(stamp(year - 1)) : at;
}
