// Builds the dashboard into dist/clients/dashboard. It is served under a content security policy of "default-src 'self'": nothing
// may be inlined as a data: address.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = dirname(fileURLToPath(import.meta.url));

export default defineConfig({
  root: here,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: join(here, "..", "..", "dist", "clients", "dashboard"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // Browsers of the last two years: https://web.dev/baseline
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
