// Keeps the pages of a phone on the phone, so that they open without a link (public/sw.js serves them then).
const CACHE = 'sigap-pages';

/** Call once in the entry of a face that works without a link; `shell` is the address of its document. */
export function keepPages(shell: '/' | '/petugas'): void {
  // Only where pages are built: the development server's modules change under one's hands.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  addEventListener('load', () => void keep(shell).catch(() => undefined));
}

/** The first visit is not yet served by the worker: what it loaded is put aside here. */
async function keep(shell: string): Promise<void> {
  await navigator.serviceWorker.register('/sw.js');
  const cache = await caches.open(CACHE);
  const loaded = performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname);
  const files = loaded.filter((path) => path.startsWith('/assets/') || path === '/theme.js' || path === '/icon.svg');
  await Promise.all([...new Set([shell, ...files])].map(async (path) => (await cache.match(path)) ?? cache.add(path)));
}
