// What the buttons and the keys of a recording do: one list, so that both always do the same.
import { toasts } from '@/components/toasts.svelte';
import type { Command } from '@/components/keys.svelte';
import { t } from '@/i18n/index.svelte';
import type { Deck } from './deck.svelte';

export type Move =
  | 'toggle'
  | 'frame.back'
  | 'frame.forth'
  | 'ten.back'
  | 'ten.forth'
  | 'slower'
  | 'faster'
  | 'alarm.previous'
  | 'alarm.next'
  | 'motion.previous'
  | 'motion.next';

const TEN_MS = 10_000;

const MOVES: Record<Move, (deck: Deck) => void> = {
  toggle: (deck) => deck.toggle(),
  'frame.back': (deck) => deck.stepFrame(-1),
  'frame.forth': (deck) => deck.stepFrame(1),
  'ten.back': (deck) => deck.seek(deck.at - TEN_MS),
  'ten.forth': (deck) => deck.seek(deck.at + TEN_MS),
  slower: (deck) => deck.faster(-1),
  faster: (deck) => deck.faster(1),
  'alarm.previous': (deck) => orSay(deck.toMark(-1), 'video.alarm.none'),
  'alarm.next': (deck) => orSay(deck.toMark(1), 'video.alarm.none'),
  'motion.previous': (deck) => orSay(deck.toMotion(-1), 'video.motion.none'),
  'motion.next': (deck) => orSay(deck.toMotion(1), 'video.motion.none'),
};

export function step(deck: Deck, move: Move): void {
  MOVES[move](deck);
}

function orSay(found: boolean, none: 'video.alarm.none' | 'video.motion.none'): void {
  if (!found) toasts.say(t(none));
}

/** The keys of a recording; pairs go back with the first key and forward with the second. */
export function moveCommands(deck: () => Deck | null): Command[] {
  const pair = (keys: [string, string], label: Command['label'], back: Move, forth: Move): Command => ({
    keys,
    label,
    repeats: true,
    run: (key) => {
      const current = deck();
      if (current) step(current, key === keys[0] ? back : forth);
    },
  });
  return [
    { keys: ['k', ' '], label: 'video.keys.play', run: () => deck()?.toggle() },
    pair([',', '.'], 'video.keys.frame', 'frame.back', 'frame.forth'),
    pair(['j', 'l'], 'video.keys.ten', 'ten.back', 'ten.forth'),
    pair(['-', '+'], 'video.keys.speed', 'slower', 'faster'),
    pair(['P', 'n'], 'video.keys.alarm', 'alarm.previous', 'alarm.next'),
    pair(['M', 'm'], 'video.keys.motion', 'motion.previous', 'motion.next'),
  ];
}
