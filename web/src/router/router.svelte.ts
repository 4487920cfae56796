// The address holds the state: a path and a query, changed through the history API. No hash, no library.
const here = (): { path: string; query: Record<string, string> } => ({
  path: location.pathname.replace(/\/+$/, '') || '/',
  query: Object.fromEntries(new URLSearchParams(location.search)),
});

const state = $state(typeof location === 'undefined' ? { path: '/', query: {} as Record<string, string> } : here());

function read(): void {
  const next = here();
  state.path = next.path;
  state.query = next.query;
}

export const route = {
  get path(): string {
    return state.path;
  },
  get query(): Record<string, string> {
    return state.query;
  },
};

/** Goes to an address of this entry page; `replace` leaves no step in the history. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (to === location.pathname + location.search) return;
  history[options.replace ? 'replaceState' : 'pushState'](null, '', to);
  read();
}

/** Changes only the named parts of the query; null removes one. */
export function setQuery(changes: Record<string, string | null>, options: { replace?: boolean } = {}): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(location.pathname + (text && `?${text}`), options);
}

/** Matches "/ikuti/:code" against a path: the named parts, or null. */
export function match(pattern: string, path: string = state.path): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [at, piece] of wanted.entries()) {
    const value = given[at]!;
    if (piece.startsWith(':')) {
      if (value === '') return null;
      parts[piece.slice(1)] = decodeURIComponent(value);
    } else if (piece !== value) return null;
  }
  return parts;
}

/**
 * Follows links inside this entry page without a load. `prefixes` are the paths the entry serves;
 * links elsewhere load as usual. Call once in the entry's main.ts.
 */
export function start(prefixes: readonly string[]): void {
  addEventListener('popstate', read);
  addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
      return;
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (!prefixes.some((p) => link.pathname === p || link.pathname.startsWith(`${p}/`))) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
