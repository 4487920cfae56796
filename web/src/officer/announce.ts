// A new task makes itself heard and felt. Browsers allow sound only after the page was touched once.
const PATTERN_MS = [300, 120, 300, 120, 500];
const NOTES_HZ = [660, 880, 660, 880];
const NOTE_S = 0.2;
let context: AudioContext | null = null;

/** Call once: prepares the sound at the first touch. */
export function allowSound(): void {
  const wake = (): void => {
    context ??= new AudioContext();
    void context.resume();
  };
  addEventListener('pointerdown', wake, { once: true });
}

export function announce(): void {
  navigator.vibrate?.(PATTERN_MS);
  if (!context || context.state !== 'running') return;
  for (const [at, pitch] of NOTES_HZ.entries()) {
    const from = context.currentTime + at * NOTE_S;
    const tone = context.createOscillator();
    const level = context.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.3, from);
    level.gain.exponentialRampToValueAtTime(0.001, from + NOTE_S);
    tone.connect(level).connect(context.destination);
    tone.start(from);
    tone.stop(from + NOTE_S);
  }
}
