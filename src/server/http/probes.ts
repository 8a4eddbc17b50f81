// /healthz and /readyz, for whoever looks after the broker's process: open to everybody, so they tell nothing else.

import type { ServerResponse } from "node:http";
import type { Health } from "../grpc/health.js";
import { answerText } from "./answer.js";

export type BrokerState = Health["state"];

export const probePaths: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

const states: Readonly<Record<BrokerState, readonly [status: number, text: string]>> = {
  serving: [200, "ready"],
  "read-only": [503, "not ready: the broker is read-only, since it cannot write to its store"],
  stopping: [503, "not ready: the broker is stopping"],
};

/** `path` is one of probePaths. */
export function answerProbe(path: string, state: BrokerState, response: ServerResponse): void {
  const [status, text] = path === "/healthz" ? ([200, "alive"] as const) : states[state];
  answerText(response, status, text);
}
