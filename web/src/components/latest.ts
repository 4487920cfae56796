// Only the newest question is answered: waits a little, aborts the one before.
const DEFAULT_WAIT_MS = 90;

/** Wraps an asynchronous question; a call that was overtaken resolves to null. */
export function latest<A, R>(
  ask: (argument: A, signal: AbortSignal) => Promise<R>,
  waitMs: number = DEFAULT_WAIT_MS,
): (argument: A) => Promise<R | null> {
  let controller: AbortController | null = null;
  return async (argument) => {
    controller?.abort();
    const mine = new AbortController();
    controller = mine;
    await new Promise((done) => setTimeout(done, waitMs));
    if (mine.signal.aborted) return null;
    try {
      const answer = await ask(argument, mine.signal);
      return mine.signal.aborted ? null : answer;
    } catch (error) {
      if (mine.signal.aborted) return null;
      throw error;
    }
  };
}
