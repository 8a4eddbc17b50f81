// How many test files run at the same time, and what comes before them.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "./global-setup.js",
    pool: "forks",
    minWorkers: 1,
    maxWorkers: 3,
  },
});
