// Reports on their way: kept in the outbox until the city has them, then remembered by their code.
import { idempotencyKey } from '@/api/client';
import { outbox, type Entry, type Part } from '@/api/outbox';
import type { components } from '@/api/schema';
import { memory, type KeptReport } from './memory';

export type Receipt = components['schemas']['ReportOut'];

const LANE = 'report-';
const CATEGORY = 'category';

const state = $state<{ entries: Entry[]; reports: KeptReport[]; receipts: Record<string, Receipt> }>({
  entries: [],
  reports: [],
  receipts: {},
});

export const mail = {
  /** Reports that wait for the link, or that the city refused. */
  get entries(): Entry[] {
    return state.entries;
  },
  get reports(): KeptReport[] {
    return state.reports;
  },
  receipt(id: string): Receipt | null {
    return state.receipts[id] ?? null;
  },
  refusal(id: string): Entry['refused'] {
    return state.entries.find((entry) => entry.id === id)?.refused;
  },

  /** Keeps the report and tries to send it; gives its id in the outbox. */
  async post(city: string, parts: Part[]): Promise<string> {
    const id = idempotencyKey();
    await outbox.add({ id, lane: LANE + id, method: 'POST', path: `/api/v1/public/${city}/reports`, body: parts });
    await outbox.flush().catch(() => undefined);
    await readEntries();
    return id;
  },
  async drop(id: string): Promise<void> {
    await outbox.remove(id);
  },
  follow(report: KeptReport): void {
    memory.keepReport(report);
    state.reports = memory.reports();
  },
  forget(code: string): void {
    memory.forgetReport(code);
    state.reports = memory.reports();
  },

  start(): void {
    state.reports = memory.reports();
    outbox.only((entry) => entry.lane.startsWith(LANE));
    outbox.onsent(({ entry, answer }) => {
      if (!entry.lane.startsWith(LANE)) return;
      const receipt = answer as Receipt;
      state.receipts = { ...state.receipts, [entry.id]: receipt };
      mail.follow({ code: receipt.tracking_code, category: categoryOf(entry), sentAt: new Date().toISOString() });
    });
    outbox.onchange(() => void readEntries());
    void readEntries();
    outbox.start();
  },
};

async function readEntries(): Promise<void> {
  state.entries = (await outbox.list().catch(() => [])).filter((entry) => entry.lane.startsWith(LANE));
}

export function categoryOf(entry: Entry): string {
  if (typeof entry.body === 'string') return '';
  return String(entry.body.find(([name]) => name === CATEGORY)?.[1] ?? '');
}
