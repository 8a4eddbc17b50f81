// Builds a dashboard: in the mode "host" that of a host into dist/clients/dashboard, in the mode "fleet" that of the fleet into
// dist/clients/fleet-dashboard. Both are served under a content security policy of "default-src 'self'": nothing may be inlined as a
// data: address.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const pages = {
  host: { input: "index.html", output: "dashboard" },
  fleet: { input: "fleet.html", output: "fleet-dashboard" },
};

export default defineConfig(({ mode }) => {
  const { input, output } = pages[mode] ?? pages.host;
  return {
    root: here,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: join(here, "..", "..", "dist", "clients", output),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      // Browsers of the last two years: https://web.dev/baseline
      target: "es2023",
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: { input: join(here, input) },
    },
  };
});
