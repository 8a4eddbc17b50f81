// The handlers of AdminService for pools, their pins and their quotas: convert, call the core, convert, answer.

import {
  type AdminServiceServer,
  type Pin as WirePin,
  type Quota as WireQuota,
  SettingSource,
  type UpdatePoolRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Broker } from "../domain/broker.js";
import type { PinView, QuotaView, SettingOrigin } from "../domain/pool-listing.js";
import type { PolicyRequest } from "../domain/pool-steering.js";
import type { Log } from "../log.js";
import { unary } from "./handler.js";
import { pageOf } from "./page.js";
import { fromDuration } from "./time.js";
import { byName, parsePickPolicy, toWirePool } from "./wire-pool.js";

type PoolHandlers = Pick<
  AdminServiceServer,
  "listPools" | "updatePool" | "listPins" | "pinPort" | "unpinPort" | "listQuotas" | "setQuota"
>;

export function poolHandlers(broker: Broker, log: Log): PoolHandlers {
  const { steering } = broker;
  return {
    listPools: unary(log, "ListPools", (request) => {
      const page = pageOf("pools", byName(broker.pools), ({ policy }) => policy.name, request);
      const pools = page.items.map((pool) => toWirePool(pool, broker));
      return { pools, nextPageToken: page.nextPageToken };
    }),
    updatePool: unary(log, "UpdatePool", async (request) => {
      const wanted = parseUpdate(request);
      if (request.validateOnly) {
        const { pool, policy } = steering.planUpdate(request.pool, wanted);
        return { pool: toWirePool(pool, broker, policy) };
      }
      const pool = await steering.update(request.pool, wanted);
      return { pool: pool === null ? undefined : toWirePool(pool, broker) };
    }),
    listPins: unary(log, "ListPins", (request) => {
      const key = ({ pool, port }: PinView): string => `${pool}/${String(port).padStart(5, "0")}`;
      const pins = steering
        .pins()
        .filter(({ pool }) => request.pool === "" || pool === request.pool)
        .toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
      const page = pageOf(`pins/${request.pool}`, pins, key, request);
      return { pins: page.items.map(toWirePin), nextPageToken: page.nextPageToken };
    }),
    pinPort: unary(log, "PinPort", async ({ pool, port, service, instance }) => ({
      leasedToAnother: await steering.pin(pool, { port, service, instance }),
    })),
    unpinPort: unary(log, "UnpinPort", async ({ pool, port, reset }) => {
      await steering.unpin(pool, port, reset);
      return {};
    }),
    listQuotas: unary(log, "ListQuotas", (request) => {
      const key = ({ pool, service }: QuotaView): string => `${pool}/${service}`;
      const quotas = steering.quotas().toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
      const page = pageOf("quotas", quotas, key, request);
      return { quotas: page.items.map(toWireQuota), nextPageToken: page.nextPageToken };
    }),
    setQuota: unary(log, "SetQuota", async ({ pool, service, maxPorts, reset }) => ({
      quota: toWireQuota(await steering.setQuota(pool, service, maxPorts ?? null, reset)),
    })),
  };
}

function parseUpdate(request: UpdatePoolRequest): PolicyRequest {
  return {
    reset: request.reset,
    values: {
      ttlDefaultMs: fromDuration("default_ttl", request.defaultTtl),
      ttlMinMs: fromDuration("min_ttl", request.minTtl),
      ttlMaxMs: fromDuration("max_ttl", request.maxTtl),
      quarantineMs: fromDuration("quarantine", request.quarantine),
      sizeMax: request.maxSize ?? null,
      pickPolicy: parsePickPolicy(request.pickPolicy),
      portCountMax: request.maxPortCount ?? null,
    },
  };
}

const wireSource: Readonly<Record<SettingOrigin, SettingSource>> = {
  configuration: SettingSource.SETTING_SOURCE_CONFIGURATION,
  operator: SettingSource.SETTING_SOURCE_OPERATOR,
};

function toWirePin({ pool, port, service, instance, origin }: PinView): WirePin {
  return { pool, port, service, instance, source: wireSource[origin] };
}

function toWireQuota({ pool, service, portsMax, usedPorts, origin }: QuotaView): WireQuota {
  const source = wireSource[origin];
  return { pool, service, maxPorts: portsMax ?? undefined, usedPorts, source };
}
