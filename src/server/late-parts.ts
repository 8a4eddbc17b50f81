// The parts of a server that are loaded when somebody first asks for them, so that no start waits for them: the API as JSON, and the text
// of the metrics. A little after the start they are loaded in any case. From then on a server whose package is replaced or removed stays
// whole until it is started again.

import type { Log } from "./log.js";

type Load = () => Promise<unknown>;

const parts: readonly Load[] = [
  () => import("./http/api-methods.js"),
  // The registry, see metrics/metric-registry.ts.
  () => import("prom-client"),
];

/** Tells the log when a part is gone; the server goes on without it. Never rejects. */
export async function loadLateParts(log: Log, loads: readonly Load[] = parts): Promise<void> {
  const component = "late-parts";
  try {
    await Promise.all(loads.map((load) => load()));
    log.debug("what is seldom needed is loaded", { component });
  } catch (error) {
    log.warn(
      "a part of this program cannot be loaded: its files were replaced or removed while it runs, and it cannot do all that it should; restart it",
      { component, error },
    );
  }
}
