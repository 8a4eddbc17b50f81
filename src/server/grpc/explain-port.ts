// The handler of ExplainPort: checks the request, asks, and translates the answer.

import type {
  ExplainPortRequest,
  ExplainPortResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { fieldInvalid } from "../domain/refusals.js";
import type { Clock } from "../domain/boundaries.js";
import { highestPort, lowestPort } from "../domain/port-range.js";
import type { ExplainPort } from "../explain/port-explainer.js";
import { toWireLease } from "./convert.js";
import { parseTransports } from "./parse.js";
import { toWireBlock } from "./wire-block.js";

export async function explainPortCall(
  explain: ExplainPort,
  clock: Clock,
  { port, protocol }: ExplainPortRequest,
): Promise<ExplainPortResponse> {
  if (port < lowestPort || port > highestPort) {
    throw fieldInvalid("port", `is ${port}; it must be from ${lowestPort} to ${highestPort}`);
  }
  const { bindable, summary, findings, block, lease } = await explain(
    port,
    parseTransports(protocol),
  );
  return {
    bindable,
    summary,
    findings: findings.map((finding) => ({ ...finding })),
    lease: lease === null ? undefined : toWireLease(lease, clock),
    block: block === null ? undefined : toWireBlock(block, null),
  };
}
