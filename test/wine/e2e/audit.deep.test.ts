// The audit of a broker on Windows: it raises no alarm about holders that bind as they should, however they do so, and one about
// strangers.

import assert from "node:assert/strict";
import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { runCli } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import type { LeaseCaller } from "../../support/lease-caller.js";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import type { Sidecar } from "../support/sidecar.js";
import { describeInWine } from "../support/wine-lab.js";

const holders = [
  { kind: "persistent", elevated: true, bindMethod: "associate" },
  { kind: "persistent", elevated: false, bindMethod: "handoff" },
  { kind: "runtime", elevated: false, bindMethod: "handoff" },
  { kind: "administered", elevated: false, bindMethod: "plain" },
] as const;

/** An alarm takes three rounds at most (src/server/domain/lease-sight.ts). */
const roundsForAlarm = 4;

/** What the table says of who bound a socket (docs/wine-lab.md). */
const tables = [
  { name: "names whoever bound a socket, also after its end", guess: 2, sees: "STRANGER" },
  { name: "names nobody", guess: 0, sees: "BOUND" },
] as const;

interface Finding {
  readonly port: number;
  readonly binding: string;
  readonly leaseId: string;
  readonly processId: number;
}

interface Held {
  readonly sidecar: Sidecar;
  readonly leaseId: string;
  readonly port: number;
}

for (const { name, guess, sees } of tables) {
  describeInWine(`the audit on a Windows whose table ${name}`, function () {
    this.timeout(180_000);

    let lab: EndToEndLab;
    let caller: LeaseCaller;
    const pools: LabPool[] = [];
    const held: Held[] = [];

    before(async () => {
      lab = await EndToEndLab.open();
      await lab.pool.guess("table-names-owner", guess);
      for (const kind of ["persistent", "runtime", "administered"] as const) {
        pools.push({ name: kind, kind, start: await lab.take(4), size: 4 });
      }
      await startBroker();
      for (const { kind, elevated } of holders) {
        const sidecar = await lab.sidecar({ elevated });
        const { leaseId, ports } = await sidecar.acquire({ pool: kind });
        held.push({ sidecar, leaseId, port: ports[0] ?? 0 });
      }
    });

    after(() => lab.close());

    async function startBroker(): Promise<void> {
      await lab.startBroker(pools, { settings: { auditEvery: "500ms" } });
      caller = lab.caller();
    }

    async function findings(): Promise<readonly Finding[]> {
      const words = ["audit", "--address", lab.broker.address, "--json", "--timeout", "30s"];
      const { stdout, stderr, exitCode } = await runCli(words);
      assert.ok(exitCode === 0 || exitCode === 8, stdout + stderr);
      return (JSON.parse(stdout) as { findings: readonly Finding[] }).findings;
    }

    async function assertNoAlarm(): Promise<void> {
      for (let round = 1; round <= roundsForAlarm; round += 1) {
        assert.deepEqual(await findings(), []);
      }
      for (const { leaseId } of held) {
        assert.equal((await caller.get(leaseId)).binding, Binding.BINDING_BOUND);
      }
    }

    it("finds nothing about healthy leases of every kind, however they were bound", async () => {
      for (const [index, { bindMethod }] of holders.entries()) {
        await held[index]?.sidecar.serve({ host: "127.0.0.1", bindMethod });
      }
      await assertNoAlarm();
    });

    it("takes no holder for ended, nor its socket for a stranger's, after the broker was killed", async () => {
      await lab.broker.kill();
      await startBroker();
      for (const { leaseId, port, sidecar } of held) {
        await eventually("a lease that is seen bound", async () => {
          return (await caller.get(leaseId)).binding === Binding.BINDING_BOUND;
        });
        assert.equal(await httpServedBy(port), sidecar.processId);
      }
      await assertNoAlarm();
    });

    it("tells that a holder serves no more, and who took the port of an administered block", async () => {
      const last = held.at(-1) ?? assert.fail("nothing is held");
      await last.sidecar.close();
      await eventually("a finding", async () => {
        return (await findings()).some(
          ({ leaseId, binding }) => leaseId === last.leaseId && binding === "BINDING_UNBOUND",
        );
      });
      const stranger = await lab.stranger();
      const socket = await stranger.socket();
      await stranger.bind(socket, last.port);
      await stranger.ask({ do: "serve", socket });
      await eventually("somebody on it", async () => {
        const { binding } = await caller.get(last.leaseId);
        return binding === Binding[`BINDING_${sees}`];
      });
      const found = (await findings()).map(({ binding, processId }) => [binding, processId]);
      const alarm = ["BINDING_STRANGER", stranger.processId];
      assert.deepEqual(found, sees === "STRANGER" ? [alarm] : []);
    });
  });
}
