// Pools as commands show them: a table, with how full each is.

import { Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { PickPolicy, type Pool, type PortUsage } from "@portlease/proto/portlease/v1/pool.js";
import { durationText, word } from "./lease-text.js";
import { poolJson } from "./pool-json.js";
import type { Column } from "./table.js";
import type { Tone } from "./terminal/paint.js";
import { listView, type View } from "./view/view.js";

/** From this part on, a pool is nearly full: there is time to do something, and reason to. */
const nearlyFull = 0.8;

/** What tells how a pool is used, wherever it is. */
export type PoolUse = Pick<Pool, "pool" | "protocol" | "kind" | "usage" | "waitingRequests">;

/** `kindCut`: how early the kind is left out on a narrow terminal, as in Column. */
export function poolUseColumns<Row extends PoolUse>(kindCut: number): readonly Column<Row>[] {
  return [
    { heading: "POOL", text: ({ pool }) => pool },
    { heading: "PROTOCOL", text: ({ protocol }) => word(Protocol, "PROTOCOL_", protocol), cut: 1 },
    {
      heading: "KIND",
      text: ({ kind }) => word(ReservationKind, "RESERVATION_KIND_", kind),
      cut: kindCut,
    },
    {
      heading: "USED",
      text: ({ usage }) => usedText(usage),
      tone: ({ usage }) => usedTone(usage),
      align: "right",
    },
    count("PORTS", ({ usage }) => usage?.total),
    count("LEASED", ({ usage }) => usage?.leased),
    count("FREE", ({ usage }) => usage?.free),
    count("RESTING", ({ usage }) => usage?.quarantined),
    count("OUT OF USE", ({ usage }) => usage?.unavailable),
    count("LONGEST RUN", ({ usage }) => usage?.largestFreeRun),
    count("WAITING", ({ waitingRequests }) => waitingRequests),
  ];
}

export const poolColumns: readonly Column<Pool>[] = [
  ...poolUseColumns<Pool>(2),
  { heading: "TTL", text: ({ defaultTtl }) => durationText(defaultTtl) ?? "-" },
  {
    heading: "TTL RANGE",
    text: ({ minTtl, maxTtl }) =>
      `${durationText(minTtl) ?? "-"} to ${durationText(maxTtl) ?? "-"}`,
    wide: true,
  },
  { heading: "QUARANTINE", text: ({ quarantine }) => durationText(quarantine) ?? "-", wide: true },
  { ...count("MAX SIZE", ({ maxSize }) => maxSize), wide: true },
  { ...count("MAX COUNT", ({ maxPortCount }) => maxPortCount), wide: true },
  {
    heading: "PICK",
    text: ({ pickPolicy }) => word(PickPolicy, "PICK_POLICY_", pickPolicy),
    wide: true,
  },
  { heading: "NOTE", text: noteOf, tone: ({ retired }) => (retired ? "draining" : "info"), cut: 0 },
];

export function poolsView(pools: readonly Pool[]): View {
  return listView({
    rows: pools,
    columns: poolColumns,
    name: ({ pool }) => pool,
    document: () => ({ pools: pools.map(poolJson) }),
    empty: "no pools",
  });
}

/** How much of it nobody can be given now: "75%". */
export function usedText(usage: PortUsage | undefined): string {
  const share = usedShare(usage);
  return share === null ? "-" : `${Math.floor(share * 100)}%`;
}

export function usedTone(usage: PortUsage | undefined): Tone | null {
  const share = usedShare(usage);
  if (share === null) return null;
  if (usage?.free === 0) return "critical";
  return share >= nearlyFull ? "warning" : "well";
}

/** Of 0 to 1; `null` for a pool without ports. */
export function usedShare(usage: PortUsage | undefined): number | null {
  if (usage === undefined || usage.total === 0) return null;
  return (usage.total - usage.free) / usage.total;
}

function noteOf({ adjusted, retired }: Pool): string {
  return [
    ...(retired ? ["retired: no longer configured"] : []),
    ...(adjusted ? ["changed by an operator"] : []),
  ].join(", ");
}

function count<Row>(heading: string, of: (pool: Row) => number | undefined): Column<Row> {
  return { heading, text: (pool) => String(of(pool) ?? 0), align: "right" };
}
