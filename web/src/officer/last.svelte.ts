// The step taken last, for the five seconds in which it can be taken back.
import { duty } from './duty.svelte';
import type { StepAction } from './steps';

export const UNDO_S = 5;

interface Last {
  action: StepAction;
  assignment: number;
  until: number;
}
const state = $state<{ last: Last | null }>({ last: null });
let timer: ReturnType<typeof setTimeout>;

export const last = {
  get step(): Last | null {
    return state.last;
  },
  async take(action: StepAction, note = ''): Promise<void> {
    const assignment = duty.task?.assignment.row.id;
    if (assignment === undefined) return;
    clearTimeout(timer);
    state.last = { action, assignment, until: Date.now() + UNDO_S * 1000 };
    timer = setTimeout(() => (state.last = null), UNDO_S * 1000);
    await duty.step(action, note);
  },
  async undo(): Promise<void> {
    const step = state.last;
    clearTimeout(timer);
    state.last = null;
    if (step) await duty.undo(step.assignment);
  },
};
