// Facts about a port in the shapes of Windows and of Linux, and how a table of them becomes tests.

import assert from "node:assert/strict";
import type { BindTrial, ExcludedRange } from "@portlease/native";
import { explainPort } from "#server/explain/explain-port.js";
import type {
  BlockFact,
  FindingReason,
  LeaseFact,
  PortExplanation,
  PortFacts,
  SocketFact,
} from "#server/explain/port-facts.js";

export const port = 8_080;
export const addresses = ["0.0.0.0", "::", "127.0.0.1", "::1"];
export const bound: BindTrial = { bound: true };
export const inUse: BindTrial = { bound: false, errorNumber: 98, errorName: "EADDRINUSE" };
export const linuxDenied: BindTrial = { bound: false, errorNumber: 13, errorName: "EACCES" };
export const windowsInUse: BindTrial = {
  bound: false,
  errorNumber: 10_048,
  errorName: "WSAEADDRINUSE",
};
export const windowsDenied: BindTrial = {
  bound: false,
  errorNumber: 10_013,
  errorName: "WSAEACCES",
};
export const noIpv6: BindTrial = { bound: false, errorNumber: 97, errorName: "EAFNOSUPPORT" };

export function everywhere(trial: BindTrial | null): PortFacts["trials"] {
  return addresses.map((address) => ({ address, trial }));
}

/** Everything is quiet, unless said otherwise. */
export function linux(fields: Partial<PortFacts> = {}): PortFacts {
  return {
    platform: "linux",
    protocol: "tcp",
    port,
    owner: null,
    sockets: [],
    holders: [],
    excludedRanges: [],
    dynamicRange: { firstPort: 32_768, portCount: 28_232 },
    unprivilegedPortStart: 1_024,
    trials: everywhere(bound),
    ...fields,
  };
}

export function windows(fields: Partial<PortFacts> = {}): PortFacts {
  const dynamicRange = { firstPort: 49_152, portCount: 16_384 };
  return linux({ platform: "win32", dynamicRange, unprivilegedPortStart: null, ...fields });
}

export function socket(fields: Partial<SocketFact> = {}): SocketFact {
  return {
    family: "ipv4",
    localAddress: "0.0.0.0",
    remoteAddress: "0.0.0.0",
    remotePort: 0,
    state: "listen",
    processId: null,
    processName: null,
    processAlive: null,
    ...fields,
  };
}

export const nginx = { processId: 4_211, processName: "nginx", processAlive: true } as const;

export function block(fields: Partial<BlockFact> = {}): BlockFact {
  return {
    blockId: "default-tcp-8000",
    pool: "default",
    kind: "held",
    ports: { firstPort: 8_000, lastPort: 8_255 },
    portState: "free",
    draining: false,
    covered: true,
    ...fields,
  };
}

export const lease: LeaseFact = {
  leaseId: "lease-1",
  service: "orders",
  instance: "a",
  processId: 77,
  ports: { firstPort: port, lastPort: port },
  remainingMs: 27_400,
};

export function range(firstPort: number, portCount: number, administered = false): ExcludedRange {
  return { firstPort, portCount, administered };
}

export function reasons({ findings }: PortExplanation): readonly FindingReason[] {
  return findings.map(({ reason }) => reason);
}

/** What explaining `facts` must say; `message` and `remedy` are those of the first finding. */
export interface ExplainCase {
  readonly what: string;
  readonly facts: PortFacts;
  readonly bindable: boolean;
  readonly reasons: readonly FindingReason[];
  readonly summary: RegExp;
  readonly message?: RegExp;
  readonly remedy?: RegExp;
}

/** One test for each case. */
export function testCases(cases: readonly ExplainCase[]): void {
  for (const { what, facts, message, remedy, ...expected } of cases) {
    it(`names ${what}`, () => {
      const explanation = explainPort([facts]);
      assert.deepEqual(reasons(explanation), expected.reasons);
      assert.equal(explanation.bindable, expected.bindable);
      assert.match(explanation.summary, expected.summary);
      const [first] = explanation.findings;
      if (message !== undefined) assert.match(first?.message ?? "", message);
      if (remedy !== undefined) assert.match(first?.remedy ?? "", remedy);
      for (const finding of explanation.findings) {
        const warned = finding.remedy.includes("breaks their networking");
        assert.ok(!finding.remedy.includes("winnat") || warned, "winnat without its harm");
      }
    });
  }
}
