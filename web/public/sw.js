// Opens the citizen's and the officer's pages without a link. Data never goes through here: the pages keep
// their own (the outbox, the last task). Pages come from the network first, hashed files from the phone first.
const CACHE = 'sigap-pages';
const KEPT_FILES = 120;

addEventListener('install', () => self.skipWaiting());
addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname.startsWith('/assets/')) event.respondWith(fromPhone(request));
  else if (url.pathname === '/theme.js' || url.pathname === '/icon.svg') event.respondWith(fromNetwork(request, request));
  else if (request.mode === 'navigate') {
    const shell = shellOf(url.pathname);
    if (shell) event.respondWith(fromNetwork(request, shell));
  }
});

/** Every page of a face is the same document. */
function shellOf(path) {
  if (path === '/petugas' || path.startsWith('/petugas/')) return '/petugas';
  return path === '/' || path === '/lapor' || path === '/ikuti' || path.startsWith('/ikuti/') ? '/' : null;
}

async function fromPhone(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - KEPT_FILES)).map((key) => cache.delete(key)));
  }
  return answer;
}

async function fromNetwork(request, key) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return kept;
    throw error;
  }
}
