// Writes that must survive a lost link: kept in IndexedDB, sent in order, each counted once by its key.
// The citizen's report and the officer's actions go through here; the page shows what still waits.
import { ApiError } from './errors';
import { coreFetch } from './fetch';

export type Part = [name: string, value: string | Blob, filename?: string];

export interface Entry {
  /** Idempotency key: the core counts a repeat once. */
  id: string;
  /** Entries of one lane go in order; a lane waits for its first entry. */
  lane: string;
  method: 'POST' | 'PUT' | 'PATCH';
  path: string;
  /** A JSON text, or the parts of a form with files. */
  body: string | Part[];
  createdAt: number;
  /** Set when the core refused for good; the person must look. */
  refused?: { code: string; status: number; message: string };
}

export type Sent = { entry: Entry; answer: unknown };

const DATABASE = 'sigap-outbox';
const STORE = 'entries';
const SEND_AGAIN_MS = 8000;

let database: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  database ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return database;
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(STORE, mode);
  return new Promise((resolve, reject) => {
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

const sentListeners = new Set<(sent: Sent) => void>();
const changeListeners = new Set<() => void>();
let mine: (entry: Entry) => boolean = () => true;

export const outbox = {
  /** Keeps a write; it is durable when this resolves. */
  async add(entry: Omit<Entry, 'createdAt' | 'refused'>): Promise<void> {
    await run('readwrite', (store) => store.put({ ...entry, createdAt: Date.now() }));
    changed();
  },

  async list(): Promise<Entry[]> {
    const all = await run('readonly', (store) => store.getAll() as IDBRequest<Entry[]>);
    return all.sort((a, b) => a.createdAt - b.createdAt);
  },

  async remove(id: string): Promise<void> {
    await run('readwrite', (store) => store.delete(id));
    changed();
  },

  /** Sends what waits, in order; stops a lane at its first failure. Returns how many went through. */
  async flush(send: (entry: Entry) => Promise<unknown> = sendEntry): Promise<number> {
    if (typeof navigator !== 'undefined' && navigator.locks) {
      // Two tabs must not send the same entry at once, nor out of order.
      return navigator.locks.request(DATABASE, () => flushLanes(send));
    }
    return flushLanes(send);
  },

  /** Sends only these from here on: on a shared phone nobody's writes go out under another's name. */
  only(test: (entry: Entry) => boolean): void {
    mine = test;
  },

  onsent(listener: (sent: Sent) => void): () => void {
    sentListeners.add(listener);
    return () => sentListeners.delete(listener);
  },

  onchange(listener: () => void): () => void {
    changeListeners.add(listener);
    return () => changeListeners.delete(listener);
  },

  /** Tries again when the link is back, the page is looked at, and now and then. Call once a page. */
  start(): void {
    const attempt = (): void => void outbox.flush().catch(() => undefined);
    addEventListener('online', attempt);
    document.addEventListener('visibilitychange', attempt);
    setInterval(attempt, SEND_AGAIN_MS);
    attempt();
  },
};

async function flushLanes(send: (entry: Entry) => Promise<unknown>): Promise<number> {
  const stopped = new Set<string>();
  let count = 0;
  for (const entry of await outbox.list()) {
    if (stopped.has(entry.lane) || !mine(entry)) continue;
    if (entry.refused) {
      stopped.add(entry.lane);
      continue;
    }
    try {
      const answer = await send(entry);
      await outbox.remove(entry.id);
      count++;
      for (const listener of sentListeners) listener({ entry, answer });
    } catch (error) {
      stopped.add(entry.lane);
      await keepRefusal(entry, error);
    }
  }
  return count;
}

async function keepRefusal(entry: Entry, error: unknown): Promise<void> {
  if (!(error instanceof ApiError)) throw error;
  if (error.passing || error.status === 401) return;
  const { code, status, message } = error;
  await run('readwrite', (store) => store.put({ ...entry, refused: { code, status, message } }));
  changed();
}

async function sendEntry(entry: Entry): Promise<unknown> {
  const headers: Record<string, string> = { 'Idempotency-Key': entry.id };
  let body: BodyInit;
  if (typeof entry.body === 'string') {
    headers['Content-Type'] = 'application/json';
    body = entry.body;
  } else {
    const form = new FormData();
    for (const [name, value, filename] of entry.body) {
      if (typeof value === 'string') form.append(name, value);
      else form.append(name, value, filename ?? name);
    }
    body = form;
  }
  const url = new URL(entry.path, location.origin);
  const response = await coreFetch(new Request(url, { method: entry.method, headers, body }));
  // A 201 or 204 may come without a body.
  const text = await response.text();
  return text ? (JSON.parse(text) as unknown) : null;
}

function changed(): void {
  for (const listener of changeListeners) listener();
}
