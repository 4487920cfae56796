// Build of the three faces: one HTML entry each; routes.json says which path opens which entry.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

interface Route {
  prefix: string;
  html: string;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const routes = JSON.parse(readFileSync(here('routes.json'), 'utf8')) as Route[];
const core = `http://127.0.0.1:${process.env['SIGAP_PORT'] ?? '8000'}`;

/** The development server answers paths as the core does: the first prefix that fits. */
function pageRoutes(): Plugin {
  return {
    name: 'sigap-page-routes',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'routes.json', source: JSON.stringify(routes) });
    },
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = (request.url ?? '/').split('?')[0] ?? '/';
        if (request.headers.accept?.includes('text/html') && !path.endsWith('.html')) {
          request.url = `/${entryFor(path)}`;
        }
        next();
      });
    },
  };
}

function entryFor(path: string): string {
  const hit = routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  return hit?.html ?? 'index.html';
}

export default defineConfig({
  plugins: [svelte(), pageRoutes()],
  resolve: { alias: { '@': here('src') } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: 'dist',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: [...new Set(routes.map(({ html }) => html))].map(here),
    },
  },
  server: {
    proxy: Object.fromEntries(['/api', '/tiles', '/media-files', '/accounts', '/_allauth'].map((path) => [path, core])),
  },
});
