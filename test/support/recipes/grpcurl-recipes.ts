// The jobs of operators as calls: what docs/grpcurl.md is made of. In capitals stands what the reader puts in.

import { fleet } from "./fleet-recipes.js";

export interface Recipe {
  readonly title: string;
  /** Whole sentences in Markdown, where there is more to say than the title does. */
  readonly text?: string;
  /** Without the package, such as "AdminService/DrainBlock". */
  readonly method: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Needs the admin token. */
  readonly admin?: true;
  /** It goes on until it is stopped. */
  readonly endless?: true;
  /** The reason with which it is refused where its occasion is not given, as in the test that runs it. */
  readonly refusedElsewhere?: string;
}

export interface Chapter {
  readonly title: string;
  readonly recipes: readonly Recipe[];
}

const leases: Chapter = {
  title: "Leases",
  recipes: [
    {
      title: "Lease a port",
      text: "The answer has the `leaseId`, the port and the `holderKey`, which nothing else shows.",
      method: "LeaseService/AcquireLease",
      data: { holder: { service: "orders" }, ttl: "300s" },
    },
    { title: "List all leases", method: "LeaseService/ListLeases" },
    {
      title: "List the leases of a service that are not bound, the newest first",
      method: "LeaseService/ListLeases",
      data: { filter: 'service = "orders" AND NOT binding = BOUND', orderBy: "create_time desc" },
    },
    {
      title: "Show one lease",
      method: "LeaseService/GetLease",
      data: { leaseId: "LEASE_ID" },
    },
    {
      title: "Watch leases come and go",
      text: "First what there is, then each change, until it is stopped.",
      method: "LeaseService/WatchLeases",
      endless: true,
    },
    {
      title: "Renew a lease",
      method: "LeaseService/RenewLease",
      data: { leaseId: "LEASE_ID", holderKey: "HOLDER_KEY", ttl: "600s" },
    },
    {
      title: "Give a lease back",
      method: "LeaseService/ReleaseLease",
      data: { leaseId: "LEASE_ID", holderKey: "HOLDER_KEY" },
    },
  ],
};

const looks: Chapter = {
  title: "The host",
  recipes: [
    { title: "See how the broker is doing", method: "AdminService/GetBroker" },
    {
      title: "Watch the host live",
      text: "One message a second: what has changed since the one before.",
      method: "AdminService/WatchBroker",
      data: { interval: "1s", ports: true, maxEvents: 100 },
      endless: true,
    },
    { title: "List the pools", method: "AdminService/ListPools" },
    { title: "List the blocks", method: "AdminService/ListBlocks" },
    {
      title: "Show the state of each port of a pool",
      method: "AdminService/ListPorts",
      data: { pool: "default" },
    },
    {
      title: "See how full a pool was in the last hours",
      method: "AdminService/GetUsageHistory",
      data: { pool: "default", window: "21600s" },
    },
    {
      title: "Find out why a port cannot be bound",
      method: "AdminService/ExplainPort",
      data: { port: 20417, protocol: "PROTOCOL_TCP" },
    },
    { title: "Compare the leases with the host's sockets", method: "AdminService/AuditPorts" },
    {
      title: "List the ranges that the operating system keeps to itself",
      method: "AdminService/ListExcludedRanges",
      data: { protocol: "PROTOCOL_TCP" },
    },
    {
      title: "Find out who had a port at a time",
      method: "AdminService/ListLeaseEvents",
      data: { port: 20417, atTime: "2026-11-26T03:12:00Z" },
    },
    {
      title: "Read the history of a service",
      method: "AdminService/ListLeaseEvents",
      data: { service: "orders", fromTime: "2026-11-25T00:00:00Z", pageSize: 100 },
    },
  ],
};

const blocks: Chapter = {
  title: "Blocks",
  recipes: [
    {
      title: "See whether a pool can have another block, without reserving it",
      method: "AdminService/ReserveBlock",
      data: { pool: "default", portCount: 16, validateOnly: true },
      admin: true,
    },
    {
      title: "Reserve another block",
      text: "The broker or the kernel picks the range; `firstPort` asks for one. The answer has the `blockId`.",
      method: "AdminService/ReserveBlock",
      data: { pool: "default", portCount: 16 },
      admin: true,
    },
    {
      title: "Give a block back to the operating system",
      text: "With `force` its leases are revoked; without it the call is refused while there are any.",
      method: "AdminService/RemoveBlock",
      data: { blockId: "BLOCK_ID", force: true },
      admin: true,
    },
    {
      title: "Stop leasing from a block",
      text: "It goes by itself when its last lease has ended.",
      method: "AdminService/DrainBlock",
      data: { blockId: "BLOCK_ID" },
      admin: true,
    },
    {
      title: "Lease from it again, while it is there",
      method: "AdminService/DrainBlock",
      data: { blockId: "BLOCK_ID", undo: true },
      admin: true,
    },
    {
      title: "Take an ambiguous block as the broker's own",
      method: "AdminService/AdoptBlock",
      data: { blockId: "BLOCK_ID" },
      admin: true,
      refusedElsewhere: "BLOCK_NOT_AMBIGUOUS",
    },
    {
      title: "Drop the record of an ambiguous block, and leave the reservation alone",
      method: "AdminService/ForgetBlock",
      data: { blockId: "BLOCK_ID" },
      admin: true,
      refusedElsewhere: "BLOCK_NOT_AMBIGUOUS",
    },
    {
      title: "Take a lease back from its holder",
      text: "The reason is told to the holder and is in the history.",
      method: "AdminService/RevokeLease",
      data: { leaseId: "LEASE_ID", reason: "the host is being emptied", allowMissing: true },
      admin: true,
    },
    {
      title: "Export blocks and leases, without secrets",
      method: "AdminService/ExportState",
      admin: true,
    },
  ],
};

const policy: Chapter = {
  title: "Pools, pins and quotas",
  recipes: [
    {
      title: "Give ports a longer rest between two holders",
      text: "Beyond the configuration, and over restarts, until `reset` is sent.",
      method: "AdminService/UpdatePool",
      data: { pool: "default", quarantine: "30s" },
      admin: true,
    },
    {
      title: "Go back to what the configuration says of a pool",
      method: "AdminService/UpdatePool",
      data: { pool: "default", reset: true },
      admin: true,
    },
    {
      title: "Keep a port for one service",
      method: "AdminService/PinPort",
      data: { pool: "default", port: 20417, service: "gateway" },
      admin: true,
    },
    { title: "List the pins", method: "AdminService/ListPins" },
    {
      title: "End a pin",
      method: "AdminService/UnpinPort",
      data: { pool: "default", port: 20417 },
      admin: true,
    },
    {
      title: "Limit how many ports a service may lease",
      method: "AdminService/SetQuota",
      data: { pool: "default", service: "orders", maxPorts: 8 },
      admin: true,
    },
    { title: "List the quotas and their use", method: "AdminService/ListQuotas" },
    {
      title: "Go back to the quota of the configuration",
      method: "AdminService/SetQuota",
      data: { pool: "default", service: "orders", reset: true },
      admin: true,
    },
  ],
};

const configuration: Chapter = {
  title: "The configuration",
  recipes: [
    {
      title: "See what the broker is configured to, and where each value comes from",
      method: "AdminService/GetConfig",
    },
    {
      title: "See what a reload would change",
      text: "It is refused, with what a start would say, where the configuration cannot be used.",
      method: "AdminService/ReloadConfig",
      data: { validateOnly: true },
      admin: true,
    },
    {
      title: "Read the configuration again",
      text: "The answer says what counts now, what needs a restart and what failed.",
      method: "AdminService/ReloadConfig",
      admin: true,
    },
  ],
};

export const chapters: readonly Chapter[] = [leases, looks, blocks, policy, configuration, fleet];
export const recipes: readonly Recipe[] = chapters.flatMap((chapter) => chapter.recipes);
