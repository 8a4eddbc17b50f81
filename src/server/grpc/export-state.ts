// ExportState: the broker's blocks and active leases as of one moment, without secrets. A reader that stops reading costs a copy
// of them, nothing more.

import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import type {
  ExportStateRequest,
  ExportStateResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { once } from "node:events";
import type { BlockManager } from "../blocks/block-manager.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { Log } from "../log.js";
import { toWireLease } from "./convert.js";
import { isInternal, toWireError } from "./rich-error.js";
import { toWireBlock } from "./wire-block.js";

export interface ExportStateDependencies {
  readonly broker: Pick<Broker, "leases" | "revision">;
  readonly blocks: Pick<BlockManager, "list" | "driftOf">;
  readonly clock: Clock;
  readonly log: Log;
}

type Part = NonNullable<ExportStateResponse["part"]>;

export function exportState({
  broker,
  blocks,
  clock,
  log,
}: ExportStateDependencies): handleServerStreamingCall<ExportStateRequest, ExportStateResponse> {
  /** Taken in one turn of the event loop, so that all parts show the same revision. */
  const parts = (): Part[] => [
    ...blocks
      .list()
      .map((block): Part => ({ $case: "block", value: toWireBlock(block, blocks.driftOf(block)) })),
    ...[...broker.leases()].map((lease): Part => ({
      $case: "lease",
      value: toWireLease(lease, clock),
    })),
    { $case: "completeAtRevision", value: BigInt(broker.revision) },
  ];
  return (call) => {
    send(call, parts).catch((error: unknown) => {
      if (isInternal(error)) log.error("call failed", { method: "ExportState", error });
      call.emit("error", toWireError(error));
    });
  };
}

/** Sends no faster than the caller reads, and no more once it is gone. */
async function send(
  call: ServerWritableStream<ExportStateRequest, ExportStateResponse>,
  parts: () => readonly Part[],
): Promise<void> {
  const gone = new AbortController();
  call.once("cancelled", () => gone.abort());
  for (const part of parts()) {
    if (gone.signal.aborted) return;
    if (call.write({ part })) continue;
    await once(call, "drain", { signal: gone.signal }).catch(() => undefined);
  }
  if (!gone.signal.aborted) call.end();
}
