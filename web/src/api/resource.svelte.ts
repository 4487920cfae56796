// Something loaded from the core: keeps what it had while it loads anew; only the newest answer counts.
export class Resource<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(false);
  #ask: () => Promise<T>;
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  load = async (): Promise<void> => {
    const run = ++this.#run;
    this.loading = true;
    try {
      const data = await this.#ask();
      if (run !== this.#run) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (run === this.#run) this.error = error;
    } finally {
      if (run === this.#run) this.loading = false;
    }
  };

  /** Loads after a short rest, once for a burst of changes. */
  soon(waitMs = 150): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#run++;
  }
}
