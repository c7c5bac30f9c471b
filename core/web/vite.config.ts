import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const core = process.env.TOCSIN_URL ?? 'http://127.0.0.1:7400';

// `npm run build` writes to dist/, or to the folder in TOCSIN_WEB_OUT, or to `-- --outDir FOLDER`.
export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: process.env.TOCSIN_WEB_OUT || 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy forbids data: scripts and keeps fonts as files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '/api': { target: core, secure: false, changeOrigin: true } } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
