// The officer's one task: asked of the core every few seconds, changed through the outbox, so that a lost
// link loses nothing. The page reads `duty`; positions.svelte.ts reads whether the unit is on duty.
import { api, idempotencyKey, unwrap } from '@/api/client';
import { ApiError, sentence } from '@/api/errors';
import { outbox, type Entry, type Part } from '@/api/outbox';
import { toasts } from '@/components/toasts.svelte';
import { serverNow } from '@/design/now.svelte';
import { t } from '@/i18n/index.svelte';
import { announce } from './announce';
import { ahead, waitingSteps, type FieldState, type FieldTask, type StepAction, type UnitStatus } from './steps';

const LOOK_MS = 3000;
const LOOK_HIDDEN_MS = 15_000;
const ROOT = '/api/v1/field';
const STEPS = 'field-steps';
const HELP = 'field-help';
const MEMORY = 'sigap.field';
const OWNER = 'sigap.field.owner';

interface State {
  core: FieldState | null;
  entries: Entry[];
  /** When the core last answered; older than a few seconds shows as a lost link. */
  seenAt: number | null;
  error: unknown;
}
const state = $state<State>({ core: null, entries: [], seenAt: null, error: null });
let knownTask: number | null | undefined;
/** Whose phone this is now; 0 until the core has said so. */
let owner = Number(keptOwner());

export const duty = {
  get unit() {
    return state.core?.unit ?? null;
  },
  get statuses(): UnitStatus[] {
    return state.core?.statuses ?? [];
  },
  get task(): FieldTask | null {
    return ahead(state.core?.task ?? null, waitingSteps(state.entries));
  },
  get ready(): boolean {
    return state.core !== null;
  },
  get error(): unknown {
    return state.error;
  },
  /** Since when nothing was heard of the core; null while the link stands. */
  get lostSince(): number | null {
    return state.error instanceof ApiError && state.error.passing ? state.seenAt : null;
  },
  get waiting(): number {
    return state.entries.filter((entry) => !entry.refused).length;
  },
  get refused(): Entry[] {
    return state.entries.filter((entry) => entry.refused);
  },
  /** A call for help that has not arrived yet. */
  get helpWaits(): boolean {
    return state.entries.some((entry) => entry.lane.startsWith(HELP));
  },

  step(action: StepAction, note = ''): Promise<void> {
    const assignment = duty.task?.assignment.row.id;
    if (assignment === undefined) return Promise.resolve();
    return send(`/assignments/${assignment}/step`, { action, note, happened_at: serverNow().toISOString() });
  },
  undo(assignment: number): Promise<void> {
    return send(`/assignments/${assignment}/undo`, { happened_at: serverNow().toISOString() });
  },
  setStatus(status: UnitStatus): Promise<void> {
    return send('/status', { status });
  },
  note(text: string): Promise<void> {
    return send('/notes', { text });
  },
  photo(file: Blob, note: string): Promise<void> {
    return send('/photos', [['photo', file, 'photo.jpg'], ['note', note]]);
  },
  /** Help waits for nothing else: not for a photo that is still on its way. */
  async help(place: { lat: number; lon: number } | null): Promise<void> {
    const body = { text: '', ...place };
    const entry = await keep('/panic', body, HELP);
    try {
      await unwrap(
        api.POST('/api/v1/field/panic', {
          body,
          headers: { 'Idempotency-Key': entry.id },
        }),
      );
      await outbox.remove(entry.id);
      toasts.say(t('officer.help.arrived'));
    } catch {
      // It stays in the outbox, which tries again and says so.
    }
    await readEntries();
  },
  async drop(entry: Entry): Promise<void> {
    await outbox.remove(entry.id);
  },

  /** Another officer on the same phone sees nothing of the one before, and sends nothing for them. */
  belongTo(user: number): void {
    if (owner !== 0 && owner !== user) forget();
    owner = user;
    try {
      localStorage.setItem(OWNER, String(user));
    } catch {
      // Storage may be closed: the owner is then asked for at every start.
    }
    void settle();
  },

  look,
  start,
};

async function send(path: string, body: object | Part[]): Promise<void> {
  await keep(path, body, STEPS);
  await outbox.flush().catch(() => undefined);
}

async function keep(path: string, body: object | Part[], kind: string): Promise<{ id: string }> {
  const sent = Array.isArray(body) ? body : JSON.stringify(body);
  const id = idempotencyKey();
  await outbox.add({ id, lane: `${kind}:${owner}`, method: 'POST', path: ROOT + path, body: sent });
  await readEntries();
  return { id };
}

async function look(): Promise<void> {
  try {
    const { data } = await api.GET('/api/v1/field/task');
    if (data) take(data);
    state.error = null;
  } catch (error) {
    state.error = error;
    if (error instanceof ApiError && error.status === 401) forget();
  }
}

function take(core: FieldState): void {
  const task = core.task?.assignment.row.id ?? null;
  if (knownTask !== undefined && task !== null && task !== knownTask) announce();
  knownTask = task;
  state.core = core;
  state.seenAt = Date.now();
  remember(core);
}

async function readEntries(): Promise<void> {
  const all = await outbox.list();
  state.entries = all.filter((entry) => entry.path.startsWith(ROOT) && isOwn(entry));
}

function isOwn({ lane }: Entry): boolean {
  return !lane.startsWith('field') || lane.endsWith(`:${owner}`) || lane.endsWith(':0');
}

function keptOwner(): string | null {
  try {
    return localStorage.getItem(OWNER);
  } catch {
    return null;
  }
}

/** A step that the core refuses is not kept: what the core says is shown, and why. Words and photos are. */
async function settle(): Promise<void> {
  await readEntries();
  for (const entry of state.entries) {
    if (!entry.refused || !/\/(step|undo|status)$/.test(entry.path)) continue;
    const { code, status, message } = entry.refused;
    toasts.bad(t('officer.refused', { why: sentence(new ApiError(code, status, message)) }));
    await outbox.remove(entry.id);
    void look();
  }
}

function start(): () => void {
  outbox.only(isOwn);
  const kept = recall();
  if (kept) {
    state.core = kept;
    state.seenAt = Date.parse(kept.server_time);
  }
  const stops = [
    outbox.onchange(() => void settle()),
    outbox.onsent(({ entry, answer }) => {
      if (isFieldState(answer)) take(answer);
      if (entry.lane.startsWith(HELP)) toasts.say(t('officer.help.arrived'));
      void readEntries();
    }),
  ];
  void settle();
  outbox.start();

  let timer: ReturnType<typeof setTimeout>;
  const round = async (): Promise<void> => {
    clearTimeout(timer);
    await look();
    timer = setTimeout(() => void round(), document.hidden ? LOOK_HIDDEN_MS : LOOK_MS);
  };
  const atOnce = (): void => void (document.hidden || round());
  document.addEventListener('visibilitychange', atOnce);
  addEventListener('online', atOnce);
  void round();
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', atOnce);
    removeEventListener('online', atOnce);
    for (const stop of stops) stop();
  };
}

function isFieldState(answer: unknown): answer is FieldState {
  return typeof answer === 'object' && answer !== null && 'unit' in answer && 'statuses' in answer;
}

function remember(core: FieldState): void {
  try {
    localStorage.setItem(MEMORY, JSON.stringify(core));
  } catch {
    // Storage may be closed: the task then comes back only with the link.
  }
}

function forget(): void {
  try {
    localStorage.removeItem(MEMORY);
  } catch {
    // Storage may be closed: then nothing was kept.
  }
}

/** The task as it was, for a page that is loaded again without a link. */
function recall(): FieldState | null {
  try {
    const text = localStorage.getItem(MEMORY);
    return text ? (JSON.parse(text) as FieldState) : null;
  } catch {
    return null;
  }
}

