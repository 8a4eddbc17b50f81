// Holders that die, sockets that outlive them, and strangers on leased ports: real brokers, real processes, real tables.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { AuditPortsRequest } from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { AcquireLeaseRequest_PortPreference as PortPreference } from "@portlease/proto/portlease/v1/lease_service.js";
import { describeOnLinux } from "../native/support/linux-only.js";
import { OtherProcess } from "../native/support/other-process.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { runCli } from "../support/cli.js";
import { eventually } from "../support/eventually.js";
import { type LeaseCaller, unary } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import type { HolderReport } from "./support/holder-main.js";

const holderMain = fileURLToPath(new URL("support/holder-main.js", import.meta.url));
/** A lease that ended by its TTL would come too late for any of these tests. */
const config = "auditEvery: 500ms\n";
const flags = ["--pool-quarantine", "0", "--pool-ttl-default", "1h", "--pool-ttl-max", "1h"];

interface Holder extends HolderReport {
  readonly process: ChildProcess;
}

describeOnLinux("The audit on a real host", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let holders: ChildProcess[] = [];
  let others: OtherProcess[] = [];
  let orphans: number[] = [];

  before(async () => {
    lab = await BrokerLab.open();
  });

  beforeEach(async () => {
    broker = await lab.start({ poolSize: 2, config, flags });
    caller = lab.caller(broker);
  });

  afterEach(async () => {
    for (const holder of holders) holder.kill("SIGKILL");
    for (const orphan of orphans) endProcess(orphan);
    for (const other of others) await other.end();
    holders = [];
    others = [];
    orphans = [];
  });

  after(() => lab.close());

  async function start(how: "alone" | "child" | "unbound"): Promise<Holder> {
    const stdio: ("ignore" | "inherit" | "ipc")[] = ["ignore", "inherit", "inherit", "ipc"];
    const child = spawn(process.execPath, [holderMain, broker.address, how], { stdio });
    holders.push(child);
    const [report] = (await once(child, "message")) as [HolderReport];
    if (report.childId !== 0) orphans.push(report.childId);
    assert.ok(report.proven, "the broker sees whose connection it is");
    return { ...report, process: child };
  }

  async function stranger(port: number): Promise<OtherProcess> {
    const other = await OtherProcess.start();
    others.push(other);
    const address = "127.0.0.1";
    await other.tell({ do: "lease", port, address, bindMethod: "share-port", serve: true });
    return other;
  }

  const isGone = (leaseId: string) => async (): Promise<boolean> =>
    caller.get(leaseId).then(
      () => false,
      () => true,
    );

  const audit = () =>
    unary(
      caller.adminClient.auditPorts.bind(caller.adminClient),
      AuditPortsRequest.fromPartial({}),
    );

  it("ends the lease of a process that was killed, and grants its port again", async () => {
    const holder = await start("alone");
    holder.process.kill("SIGKILL");
    await eventually("a lease without a holder", isGone(holder.leaseId));
    // It is gone for everybody from the moment its end is asked for; its port is free when the end is on disk.
    const portPreference = PortPreference.PORT_PREFERENCE_MUST;
    const next = await eventually("its port", () =>
      caller.acquire({ preferredPort: holder.port, portPreference }).catch(() => null),
    );
    assert.equal(next.port, holder.port);
  });

  it("grants the port to nobody while a child that inherited the listening socket lives (promise 6)", async () => {
    const holder = await start("child");
    holder.process.kill("SIGKILL");
    await eventually("a lease without a holder", isGone(holder.leaseId));
    const first = await caller.acquire({});
    assert.notEqual(first.port, holder.port);
    const failure = await failureOf(caller.acquire({}));
    assert.equal(failure.reason, "POOL_FULL");
    const squatter = await eventually("a finding", async () => {
      const { findings } = await audit();
      return findings.find(({ port }) => port === holder.port) ?? null;
    });
    assert.deepEqual([squatter.leaseId, squatter.processId], ["", holder.childId]);
    endProcess(holder.childId);
    const second = await eventually("a port that is free again", () =>
      caller.acquire({}).catch(() => null),
    );
    assert.equal(second.port, holder.port);
  });

  it("ends the lease of a holder that died while the broker was away", async () => {
    const holder = await start("alone");
    await broker.kill("SIGKILL");
    holder.process.kill("SIGKILL");
    await once(holder.process, "exit");
    broker = await lab.restart(broker);
    caller = lab.caller(broker);
    await eventually("a lease without a holder", isGone(holder.leaseId));
  });

  it("goes on with the lease of a holder that lives, after a restart of the broker too", async () => {
    const holder = await start("alone");
    await broker.kill("SIGKILL");
    broker = await lab.restart(broker);
    caller = lab.caller(broker);
    const lease = await eventually("a lease that is seen bound", async () => {
      const found = await caller.get(holder.leaseId);
      return found.binding === Binding.BINDING_BOUND ? found : null;
    });
    assert.equal(lease.unprotected, false);
  });

  it("says on the command line that leases and sockets agree", async () => {
    await start("alone");
    const { exitCode, stdout } = await runCli(["audit", "--address", broker.address]);
    assert.equal(stdout, "1 leased port, 1 of them bound; nothing found\n");
    assert.equal(exitCode, 0);
  });

  it("sees a second listener beside the holder (semantics 22), and who it is", async () => {
    const holder = await start("alone");
    const other = await stranger(holder.port);
    await eventually("an alarm", async () => {
      return (await caller.get(holder.leaseId)).binding === Binding.BINDING_STRANGER;
    });
    const { findings } = await audit();
    assert.equal(findings[0]?.processId, other.processId);
    assert.match(findings[0]?.message ?? "", /beside its holder/);
  });

  it("sees a stranger on a leased port that its holder has not bound, on the command line too", async () => {
    const holder = await start("unbound");
    const other = await stranger(holder.port);
    await eventually("an alarm", async () => {
      return (await caller.get(holder.leaseId)).binding === Binding.BINDING_STRANGER;
    });
    const table = await runCli(["audit", "--address", broker.address]);
    assert.equal(table.exitCode, 8);
    assert.match(table.stdout, /^PORT +PROTOCOL +SEEN +LEASE +PROCESS +WHAT IT MEANS\n/);
    assert.match(
      table.stdout,
      new RegExp(`${holder.port} +tcp +stranger +${holder.leaseId} +${other.processId} `),
    );
    const { stdout } = await runCli(["audit", "--address", broker.address, "--json"]);
    const { findings } = JSON.parse(stdout) as {
      findings: readonly { readonly binding: string }[];
    };
    assert.equal(findings[0]?.binding, "BINDING_STRANGER");
  });
});

function endProcess(processId: number): void {
  try {
    process.kill(processId, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
