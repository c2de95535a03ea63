import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = dirname(fileURLToPath(import.meta.url));

/**
 * The playground: everything it needs is in the package; the server sends it with a policy that allows nothing remote,
 * no inline script and no eval. Addresses are relative (src/server/playground.ts), so that a path prefix does no harm.
 */
export default defineConfig({
  root: join(root, 'src/playground'),
  base: './',
  cacheDir: join(root, '.cache/vite'),
  build: {
    outDir: join(root, 'dist/playground'),
    emptyOutDir: true,
    target: 'es2022',
    // data: addresses would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 16_384,
    rolldownOptions: {
      onLog(level, log, handle) {
        // React's "use client" means nothing in a page without server components.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  worker: { format: 'es' },
});
