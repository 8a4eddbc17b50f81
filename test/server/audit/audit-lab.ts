// A broker on an imaginary host that holds ports as Linux does, with processes that lease, bind and end as a test says.

import assert from "node:assert/strict";
import type { FakeSocket, FakeSocketSpec } from "@portlease/native/fake";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import type { BrokerEvent } from "#server/domain/events.js";
import type { ActiveLease } from "#server/domain/lease-table.js";
import type { PortBlock } from "#server/domain/port-block.js";
import type { Binding, HolderProcess } from "#server/domain/records.js";
import { auditEveryMs } from "../../support/audit-world.js";
import { BlockLab, type LabBroker } from "../../support/block-lab.js";
import { request, settle } from "../../support/broker-fixture.js";

export const firstPort = 20_000;

type HostOptions = ConstructorParameters<typeof BlockLab>[0];

export const heldHost: NonNullable<HostOptions> = {
  capabilities: { platform: "linux", kinds: ["held"], autoKind: "held" },
};

export class AuditLab {
  readonly lab: BlockLab;
  #life: LabBroker | null = null;

  constructor(host: HostOptions = heldHost) {
    this.lab = new BlockLab(host, auditEveryMs);
  }

  async start(pool: Parameters<BlockLab["start"]>[0] = [{}]): Promise<void> {
    const kind = this.lab.host.capabilities().autoKind;
    const pools = (pool ?? [{}]).map((one) => ({
      kind,
      start: firstPort,
      ttlMaxMs: 3_600_000,
      ...one,
    }));
    this.#life = await this.lab.start(pools);
  }

  get life(): LabBroker {
    return this.#life ?? assert.fail("the broker was not started");
  }

  get block(): PortBlock {
    return this.life.broker.blocks.served[0] ?? assert.fail("there is no block");
  }

  get counters(): LabBroker["broker"]["auditCounters"] {
    return this.life.broker.auditCounters;
  }

  /** A process that the broker would prove. */
  run(processId: number, parentId = 1, startTime = `fake:${processId}`): HolderProcess {
    this.lab.host.startProcess({ processId, processName: `app${processId}`, startTime }, parentId);
    return { processId, startTime, proven: true };
  }

  async lease(
    process: HolderProcess | null,
    fields: Partial<AcquireRequest> = {},
  ): Promise<ActiveLease> {
    const holder = { service: "orders", instance: "", labels: {}, process };
    const asked = request({ holder, ttlMs: 3_600_000, ...fields });
    return (await this.life.broker.acquire(asked)).lease;
  }

  /** As a lessee binds. */
  bind(processId: number, fields: Partial<FakeSocketSpec> = {}): FakeSocket {
    const processName = `app${processId}`;
    const spec = { port: firstPort, sharesPort: true, processId, processName, ...fields };
    return this.lab.host.openSocket(spec);
  }

  async after(milliseconds: number): Promise<void> {
    this.lab.clock.advance(milliseconds);
    for (let turn = 0; turn < 3; turn += 1) {
      this.life.broker.advance();
      await settle();
    }
  }

  /** So many rounds of the audit. */
  async rounds(count: number): Promise<void> {
    for (let round = 0; round < count; round += 1) await this.after(auditEveryMs);
  }

  bindingOf(lease: ActiveLease): Binding {
    return lease.record.binding;
  }

  events<Type extends BrokerEvent["type"]>(
    type: Type,
  ): readonly Extract<BrokerEvent, { readonly type: Type }>[] {
    return this.lab.events.filter(
      (event): event is Extract<BrokerEvent, { readonly type: Type }> => event.type === type,
    );
  }

  /** Why leases ended, in order. */
  get ends(): readonly string[] {
    return this.events("lease_ended").map(({ ended }) => ended.reason);
  }

  /** The broker's process is killed and another one started. */
  async restart(): Promise<void> {
    this.lab.kill();
    await this.start();
  }
}
