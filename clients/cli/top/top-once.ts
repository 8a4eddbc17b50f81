// One look at the host without a live view: for pipes, logs and programs.

import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { blockJson } from "../block-json.js";
import { withBroker } from "../broker-call.js";
import { brokerJson } from "../broker-json.js";
import { durationMs } from "../duration-ms.js";
import { listBlocks } from "../list-blocks.js";
import { listLeases } from "../list-leases.js";
import { listPools } from "../list-pools.js";
import type { Output } from "../output.js";
import { poolJson } from "../pool-json.js";
import { leaseJson } from "../proto-json.js";
import { terminalCharset } from "./charset.js";
import { leasesMax } from "./follow-lease-list.js";
import { frameOf } from "./frame.js";
import type { LiveHost } from "./live-host.js";
import type { TopOptions } from "./top-options.js";
import { firstView } from "./top-view.js";

/** Rejects with PortleaseError or CliFailure. */
export async function topOnce(options: TopOptions, output: Output): Promise<void> {
  const askedAtMs = performance.now();
  const [broker, pools, blocks, { leases }] = await withBroker(options, (calls) =>
    Promise.all([
      calls.call(AdminServiceService.getBroker, {}),
      listPools(calls),
      listBlocks(calls, ""),
      listLeases(calls, { limit: leasesMax }),
    ]),
  );
  if (options.json === true) {
    return output.json({
      broker: brokerJson(broker),
      pools: pools.map(poolJson),
      blocks: blocks.map(blockJson),
      leases: leases.map(leaseJson),
    });
  }
  const startedAtMs = askedAtMs - (durationMs(broker.uptime) ?? 0);
  const host: LiveHost = { broker, startedAtMs, pools, blocks, events: [], skippedEvents: 0 };
  const model = {
    host,
    leases: { leases, listedAtMs: askedAtMs },
    heardAtMs: askedAtMs,
    lost: false,
  };
  const { terminal, columns, paint } = output.display();
  const charset = terminal ? terminalCharset(process.env, process.platform) : "ascii-bars";
  const canvas = { columns, rows: null, paint, charset } as const;
  output.line(frameOf(model, firstView(options.sort), canvas, askedAtMs).lines.join("\n"));
}
