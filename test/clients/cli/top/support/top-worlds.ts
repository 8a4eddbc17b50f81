// Hosts as `portlease top` may find them: well, nearly full, full, with a stranger, read-only, draining.

import {
  GetBrokerResponse,
  Problem_Severity,
  ServingState,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding, Protocol } from "@portlease/proto/portlease/v1/common.js";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { LeaseEvent, LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import { Block, Block_State, Pool, type PortUsage } from "@portlease/proto/portlease/v1/pool.js";
import type { Canvas } from "#cli/top/canvas.js";
import { frameOf } from "#cli/top/frame.js";
import { heard, type TopModel } from "#cli/top/top-model.js";
import { firstView, type TopView } from "#cli/top/top-view.js";
import { plainPaint } from "#cli/terminal/paint.js";

/** When everything here is seen, by an imaginary monotonic clock. */
export const seenAtMs = 1_000_000;

export function usage(leased: number, free: number, quarantined = 0): PortUsage {
  const total = leased + free + quarantined;
  const largestFreeRun = Math.floor(free / 2);
  return { total, free, leased, quarantined, unavailable: 0, largestFreeRun };
}

export function pool(name: string, of: PortUsage, changes: Partial<Pool> = {}): Pool {
  return Pool.fromPartial({ pool: name, protocol: Protocol.PROTOCOL_TCP, usage: of, ...changes });
}

export function block(of: Pool, firstPort: number, changes: Partial<Block> = {}): Block {
  return Block.fromPartial({
    blockId: `${of.pool}-tcp-${firstPort}`,
    pool: of.pool,
    protocol: of.protocol,
    firstPort,
    portCount: of.usage?.total ?? 0,
    state: Block_State.STATE_ACTIVE,
    usage: of.usage,
    ...changes,
  });
}

export function lease(
  port: number,
  service: string,
  leftSeconds: number,
  changes: Partial<Lease> = {},
): Lease {
  return Lease.fromPartial({
    leaseId: `01phak3ez5a-${String(port).padStart(8, "0")}`,
    pool: "default",
    protocol: Protocol.PROTOCOL_TCP,
    port,
    portCount: 1,
    state: 1,
    holder: { service, instance: "blue" },
    ttl: { seconds: 30n },
    remaining: { seconds: BigInt(leftSeconds) },
    binding: Binding.BINDING_BOUND,
    ...changes,
  });
}

export const leases: readonly Lease[] = [
  lease(20_001, "orders", 21),
  lease(20_002, "reports", 9, { binding: Binding.BINDING_UNBOUND }),
  lease(20_004, "billing", 3_725, { portCount: 4, holder: undefined }),
];

const time = new Date(2026, 10, 25, 3, 12, 5);

const granted = LeaseEvent.fromPartial({
  type: LeaseEvent_Type.TYPE_GRANTED,
  lease: leases[0],
  eventTime: time,
});

export function firstMessage(
  pools: readonly Pool[],
  broker: Partial<GetBrokerResponse> = {},
  blocks: readonly Block[] = pools.map((each) => block(each, 20_000)),
): WatchBrokerResponse {
  return WatchBrokerResponse.fromPartial({
    broker: GetBrokerResponse.fromPartial({
      host: "db1",
      version: "0.1.0",
      platform: "linux",
      uptime: { seconds: 90_000n },
      servingState: ServingState.SERVING_STATE_SERVING,
      ...broker,
    }),
    pools: [...pools],
    blocks: [...blocks],
    events: [{ eventTime: time, event: { $case: "lease", value: granted } }],
  });
}

export function worldOf(message: WatchBrokerResponse): TopModel {
  return { ...heard(null, message, true, seenAtMs), leases: { leases, listedAtMs: seenAtMs } };
}

function problem(severity: Problem_Severity, reason: string, message: string, remedy: string) {
  return { severity, reason, message, remedy, pool: "", blockId: "", port: 0, leaseId: "" };
}

const { SEVERITY_CRITICAL, SEVERITY_INFO, SEVERITY_WARNING } = Problem_Severity;
const wellPool = pool("default", usage(6, 250));

export const worlds = {
  well: worldOf(firstMessage([wellPool])),
  "nearly full": worldOf(
    firstMessage([pool("default", usage(240, 10, 6))], {
      problems: [
        problem(
          SEVERITY_WARNING,
          "POOL_NEARLY_FULL",
          "pool default has 10 of 256 ports left",
          "portlease blocks add --pool default",
        ),
      ],
    }),
  ),
  full: worldOf(
    firstMessage([pool("default", usage(256, 0), { waitingRequests: 2 })], {
      problems: [
        problem(
          SEVERITY_CRITICAL,
          "POOL_FULL",
          "all 256 ports of pool default are in use",
          "portlease blocks add --pool default",
        ),
      ],
    }),
  ),
  stranger: {
    ...worldOf(
      firstMessage([wellPool], {
        problems: [
          problem(
            SEVERITY_CRITICAL,
            "PORT_TAKEN_BY_STRANGER",
            "port 20001, leased by orders, is bound by process 999 (nginx)",
            "stop process 999, or have orders acquire another port",
          ),
        ],
      }),
    ),
    leases: {
      leases: [lease(20_001, "orders", 21, { binding: Binding.BINDING_STRANGER })],
      listedAtMs: seenAtMs,
    },
  },
  "read-only": worldOf(
    firstMessage([wellPool], {
      servingState: ServingState.SERVING_STATE_READ_ONLY,
      problems: [
        problem(
          SEVERITY_CRITICAL,
          "READ_ONLY",
          "the store cannot write: no space left",
          "free space",
        ),
      ],
    }),
  ),
  draining: worldOf(
    firstMessage(
      [wellPool],
      {
        problems: [
          problem(SEVERITY_INFO, "BLOCK_DRAINING", "block default-tcp-20000 drains: 6 leases", ""),
        ],
      },
      [block(wellPool, 20_000, { state: Block_State.STATE_DRAINING })],
    ),
  ),
  disconnected: { ...worldOf(firstMessage([wellPool])), lost: true },
} as const satisfies Readonly<Record<string, TopModel>>;

export function canvas(columns: number | null, rows: number | null): Canvas {
  return { columns, rows, paint: plainPaint, charset: "unicode" };
}

/** The screen as text. */
export function screenOf(
  model: TopModel,
  [columns, rows]: readonly [columns: number, rows: number],
  view: Partial<TopView> = {},
  nowMs = seenAtMs,
): string {
  const frame = frameOf(
    model,
    { ...firstView("time-left"), ...view },
    canvas(columns, rows),
    nowMs,
  );
  return frame.lines.join("\n");
}
