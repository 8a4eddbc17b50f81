// /healthz and /readyz, for whoever looks after the process: open to everybody, so they tell nothing else.

import type { ServerResponse } from "node:http";
import { answerText } from "./answer.js";

export const probePaths: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** `path` is one of probePaths; `obstacle` as Health has it. */
export function answerProbe(path: string, obstacle: string | null, response: ServerResponse): void {
  if (path === "/healthz") answerText(response, 200, "alive");
  else if (obstacle === null) answerText(response, 200, "ready");
  else answerText(response, 503, `not ready: ${obstacle}`);
}
