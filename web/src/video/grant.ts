// Signed addresses of a camera's pictures, as the core issues them for one viewer and one purpose.

export interface Grant {
  snapshot: string;
  live_ws: string | null;
  play: string | null;
  index: string | null;
  hls: string | null;
  expires_at: string;
}

export type AskGrant = () => Promise<Grant>;

const MARGIN_MS = 15_000;

/** Keeps a grant until shortly before it ends: every issue is a line in the audit, so ask seldom. */
export function cachedGrant(ask: AskGrant): (fresh?: boolean) => Promise<Grant> {
  let held: Promise<Grant> | null = null;
  let until = 0;
  return async (fresh = false) => {
    if (fresh || held === null || Date.now() > until) {
      held = ask();
      const asked = held;
      asked.catch(() => (held = held === asked ? null : held));
      until = Date.parse((await asked).expires_at) - MARGIN_MS;
    }
    return held ?? ask();
  };
}

/** Adds to the query of a signed address without touching its token. */
export function withQuery(url: string, query: Record<string, string>): string {
  const full = new URL(url, location.href);
  for (const [name, value] of Object.entries(query)) full.searchParams.set(name, value);
  return full.href;
}
