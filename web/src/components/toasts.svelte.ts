// Short messages at the edge, each with an optional undo. One list a page; Toasts.svelte draws it.
export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  undo?: (() => void) | undefined;
}

const PLAIN_MS = 5000;
const BAD_MS = 12_000;
let last = 0;
const state = $state<{ list: Toast[] }>({ list: [] });

export const toasts = {
  get list(): Toast[] {
    return state.list;
  },
  say(text: string, options: { undo?: () => void; tone?: Toast['tone'] } = {}): number {
    const tone = options.tone ?? 'plain';
    const toast: Toast = { id: ++last, text, tone, undo: options.undo };
    state.list = [...state.list.slice(-3), toast];
    setTimeout(() => toasts.drop(toast.id), tone === 'bad' ? BAD_MS : PLAIN_MS);
    return toast.id;
  },
  bad(text: string): number {
    return toasts.say(text, { tone: 'bad' });
  },
  drop(id: number): void {
    state.list = state.list.filter((toast) => toast.id !== id);
  },
};
