// The theme of this face: dark for the console, light elsewhere, kept per face on this device.
export type Theme = 'dark' | 'light';

const root = typeof document === 'undefined' ? null : document.documentElement;
const storageKey = `sigap.theme.${root?.dataset['face'] ?? 'citizen'}`;

const state = $state<{ value: Theme }>({
  value: root?.dataset['theme'] === 'dark' ? 'dark' : 'light',
});

export const theme = {
  get value(): Theme {
    return state.value;
  },
  set(value: Theme): void {
    state.value = value;
    if (root) root.dataset['theme'] = value;
    try {
      localStorage.setItem(storageKey, value);
    } catch {
      // Storage may be closed (private window): the choice then lasts for this page.
    }
  },
  toggle(): void {
    theme.set(state.value === 'dark' ? 'light' : 'dark');
  },
};

/** The value of a colour token now, for canvases and the map, which know no CSS variables. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
