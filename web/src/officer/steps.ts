// The officer's steps: their order, and how the page looks ahead of the core while some still wait to be sent.
import type { components } from '@/api/schema';
import type { Entry } from '@/api/outbox';

type Schemas = components['schemas'];
export type FieldState = Schemas['FieldState'];
export type FieldTask = Schemas['FieldTask'];
export type StepAction = Schemas['AssignmentAction'];
export type StepState = Schemas['AssignmentState'];
export type UnitStatus = Schemas['UnitStatus'];

export const NEXT: Partial<Record<StepState, StepAction>> = {
  assigned: 'accept',
  accepted: 'depart',
  en_route: 'arrive',
  on_scene: 'clear',
};
const LEADS_TO: Partial<Record<StepAction, StepState>> = {
  accept: 'accepted',
  depart: 'en_route',
  arrive: 'on_scene',
};
const STAMP: Partial<Record<StepAction, 'accepted_at' | 'en_route_at' | 'on_scene_at'>> = {
  accept: 'accepted_at',
  depart: 'en_route_at',
  arrive: 'on_scene_at',
};

const STEP = /^\/api\/v1\/field\/assignments\/(\d+)\/(step|undo)$/;

interface Waiting {
  assignment: number;
  action: StepAction | 'undo';
  at: string;
}

/** The waiting steps among the outbox's entries, oldest first. */
export function waitingSteps(entries: readonly Entry[]): Waiting[] {
  return entries.flatMap((entry) => {
    const hit = STEP.exec(entry.path);
    if (!hit || entry.refused || typeof entry.body !== 'string') return [];
    const body = JSON.parse(entry.body) as { action?: StepAction; happened_at: string };
    return [{ assignment: Number(hit[1]), action: hit[2] === 'undo' ? 'undo' : body.action!, at: body.happened_at }];
  });
}

/** The task as it will stand once the waiting steps have arrived; null once it is ended. */
export function ahead(task: FieldTask | null, waiting: readonly Waiting[]): FieldTask | null {
  if (!task) return null;
  const states: (FieldTask | null)[] = [task];
  for (const step of waiting) {
    if (step.assignment !== task.assignment.row.id) continue;
    const now = states.at(-1) ?? null;
    if (step.action === 'undo') {
      // A step that the core knows already is not in this list: its undo shows when the answer comes.
      if (states.length > 1) states.pop();
    } else states.push(now && after(now, step.action, step.at));
  }
  return states.at(-1) ?? null;
}

function after(task: FieldTask, action: StepAction, at: string): FieldTask | null {
  const state = LEADS_TO[action];
  if (!state) return null;
  const stamp = STAMP[action];
  const row = { ...task.assignment.row, state, ...(stamp ? { [stamp]: at } : {}) };
  return { ...task, assignment: { ...task.assignment, row }, next_step: NEXT[state] ?? null };
}
