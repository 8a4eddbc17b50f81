// Which process a number means, and whether it may have a port: on a host of numbers.

import assert from "node:assert/strict";
import type { ProcessIdentity, ProcessStatus } from "@portlease/native";
import { type NamedProcess, NamedProcesses } from "#server/portserver/named-process.js";

const ann = 1_000;
const bob = 1_001;
const asker = { processId: 500, userId: ann };

class Host {
  readonly statuses = new Map<number, ProcessStatus>();
  readonly elsewhere = new Set<number>();

  add(processId: number, userId: number, processIds: readonly number[] = [processId]): void {
    this.statuses.set(processId, { userId, processIds });
  }

  identifyProcess(processId: number): ProcessIdentity | null {
    if (!this.statuses.has(processId)) return null;
    return { processId, startTime: `boot:${processId}`, processName: "python" };
  }

  sharesNetwork(processId: number): boolean | null {
    return !this.elsewhere.has(processId);
  }

  statusOf(processId: number): ProcessStatus | null {
    return this.statuses.get(processId) ?? null;
  }
}

function told(found: NamedProcess): number | string {
  return found.state === "named" ? found.process.processId : found.reason;
}

describe("The process that a client of the portserver names", () => {
  let host: Host;
  let processes: NamedProcesses;

  beforeEach(() => {
    host = new Host();
    host.add(1, 0);
    host.add(asker.processId, ann);
    processes = new NamedProcesses(host, host);
  });

  it("may be the client itself, or another one of the same user", () => {
    host.add(400, ann);
    assert.equal(told(processes.find(500, asker)), 500);
    assert.equal(told(processes.find(400, asker)), 400);
  });

  it("may be anybody's for root, which tests run as others", () => {
    host.add(400, bob);
    assert.equal(told(processes.find(400, { processId: 500, userId: 0 })), 400);
  });

  it("is refused when it is another user's, does not run, or never ends", () => {
    host.add(400, bob);
    const reasons = [400, 401, 1, 0].map((processId) => told(processes.find(processId, asker)));
    assert.deepEqual(reasons, [
      "process 400 is another user's than who asks",
      "there is no process 401",
      "process 1 never ends",
      "process 0 never ends",
    ]);
  });

  it("is refused in another network namespace, whose ports are others", () => {
    host.elsewhere.add(500);
    assert.match(String(told(processes.find(500, asker))), /in another network namespace/);
  });

  it("is the client alone where it counts processes in its own way, as in a container", () => {
    host.add(asker.processId, ann, [500, 7]);
    host.add(8, ann);
    assert.equal(told(processes.find(7, asker)), 500, "it means itself, by the number it knows");
    assert.match(String(told(processes.find(8, asker))), /another pid namespace/);
    const unseen = { processId: 0, userId: ann };
    assert.match(String(told(processes.find(8, unseen))), /does not see/);
  });

  it("is nobody when it should be known who asks, and is not", () => {
    assert.match(String(told(processes.find(500, null))), /does not say who asks/);
  });

  it("is whoever runs, where nothing is ever known of who asks", () => {
    const unknowing = new NamedProcesses(host, null);
    host.add(400, bob);
    assert.equal(told(unknowing.find(400, null)), 400);
    assert.match(String(told(unknowing.find(401, null))), /no process/);
  });
});
