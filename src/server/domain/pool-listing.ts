// The pins and quotas of a pool as operators see them: what counts now, who set it, and how much of it is used.

import { everyService } from "./pool-adjustment.js";
import type { Pool } from "./pool.js";
import type { Pin, PoolAdjustment } from "./records.js";

/** Who set something: the configuration, or an operator beyond it. */
export type SettingOrigin = "configuration" | "operator";

export interface PinView extends Pin {
  readonly pool: string;
  readonly origin: SettingOrigin;
}

export interface QuotaView {
  readonly pool: string;
  /** "*": each service that has no quota of its own. */
  readonly service: string;
  /** `null`: no limit. */
  readonly portsMax: number | null;
  /** Of "*": what the service without a quota of its own has that has the most. */
  readonly usedPorts: number;
  readonly origin: SettingOrigin;
}

/** By port. */
export function pinsOf({ policy }: Pool, adjustment: PoolAdjustment): readonly PinView[] {
  const byOperator = new Set(adjustment.pins.map(({ port }) => port));
  return policy.pins
    .map((pin) => ({ ...pin, pool: policy.name, origin: originOf(byOperator.has(pin.port)) }))
    .toSorted((a, b) => a.port - b.port);
}

/** By service; "*" only where somebody said something of it. */
export function quotasOf(pool: Pool, adjustment: PoolAdjustment): readonly QuotaView[] {
  const { perService, services } = pool.policy.quota;
  const everyIsSet = perService !== null || setBy(adjustment, everyService);
  const names = [...(everyIsSet ? [everyService] : []), ...services.keys()];
  return names.toSorted().map((service) => quotaOf(pool, adjustment, service));
}

/** What counts for the service, be it its own or that of "*". */
export function quotaOf(pool: Pool, adjustment: PoolAdjustment, service: string): QuotaView {
  const { name, quota } = pool.policy;
  const every = service === everyService;
  const own = every || quota.services.has(service);
  return {
    pool: name,
    service,
    portsMax: every ? quota.perService : pool.quotas.limitOf(service),
    usedPorts: every ? mostUsed(pool) : pool.quotas.used(service),
    origin: originOf(setBy(adjustment, own ? service : everyService)),
  };
}

function mostUsed({ policy, quotas }: Pool): number {
  let most = 0;
  for (const [service, used] of quotas.entries()) {
    if (!policy.quota.services.has(service)) most = Math.max(most, used);
  }
  return most;
}

function setBy({ quotas }: PoolAdjustment, service: string): boolean {
  return quotas.some((quota) => quota.service === service);
}

function originOf(byOperator: boolean): SettingOrigin {
  return byOperator ? "operator" : "configuration";
}
