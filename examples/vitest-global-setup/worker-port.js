// The port of this worker. One test file at a time runs in a worker, so none shares its port with another.

import { inject } from "vitest";

// From 1 to maxWorkers, as it is in the pool under Vitest: https://github.com/tinylibs/tinypool#additional-options
export const workerPort = inject("ports")[Number(process.env.VITEST_POOL_ID) - 1];
