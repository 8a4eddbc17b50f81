// Why a port can or cannot be bound, judged from facts in the shapes of Windows and of Linux. No operating system is asked.

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

const port = 8_080;
const addresses = ["0.0.0.0", "::", "127.0.0.1", "::1"];
const bound: BindTrial = { bound: true };
const inUse: BindTrial = { bound: false, errorNumber: 98, errorName: "EADDRINUSE" };
const linuxDenied: BindTrial = { bound: false, errorNumber: 13, errorName: "EACCES" };
const windowsInUse: BindTrial = { bound: false, errorNumber: 10_048, errorName: "WSAEADDRINUSE" };
const windowsDenied: BindTrial = { bound: false, errorNumber: 10_013, errorName: "WSAEACCES" };
const noIpv6: BindTrial = { bound: false, errorNumber: 97, errorName: "EAFNOSUPPORT" };

function everywhere(trial: BindTrial | null): PortFacts["trials"] {
  return addresses.map((address) => ({ address, trial }));
}

/** Everything is quiet, unless said otherwise. */
function linux(fields: Partial<PortFacts> = {}): PortFacts {
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

function windows(fields: Partial<PortFacts> = {}): PortFacts {
  const dynamicRange = { firstPort: 49_152, portCount: 16_384 };
  return linux({ platform: "win32", dynamicRange, unprivilegedPortStart: null, ...fields });
}

function socket(fields: Partial<SocketFact> = {}): SocketFact {
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

const nginx = { processId: 4_211, processName: "nginx", processAlive: true } as const;

function block(fields: Partial<BlockFact> = {}): BlockFact {
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

const lease: LeaseFact = {
  leaseId: "lease-1",
  service: "orders",
  instance: "a",
  processId: 77,
  ports: { firstPort: port, lastPort: port },
  remainingMs: 27_400,
};

function range(firstPort: number, portCount: number, administered = false): ExcludedRange {
  return { firstPort, portCount, administered };
}

function reasons({ findings }: PortExplanation): readonly FindingReason[] {
  return findings.map(({ reason }) => reason);
}

describe("Explaining a port", () => {
  const cases: readonly {
    readonly what: string;
    readonly facts: PortFacts;
    readonly bindable: boolean;
    readonly reasons: readonly FindingReason[];
    readonly summary: RegExp;
    readonly message?: RegExp;
    readonly remedy?: RegExp;
  }[] = [
    {
      what: "a quiet port",
      facts: linux(),
      bindable: true,
      reasons: [],
      summary: /^TCP port 8080 can be bound now\.$/,
    },
    {
      what: "a listener on Windows, by process and name",
      facts: windows({ sockets: [socket(nginx)], trials: everywhere(windowsInUse) }),
      bindable: false,
      reasons: ["LISTENING"],
      summary: /cannot be bound: process 4211 \(nginx\) listens on 0\.0\.0\.0:8080\.$/,
      remedy: /Stop-Process -Id 4211/,
    },
    {
      what: "a listener on Linux, whose table names no process but whose holders do",
      facts: linux({
        sockets: [socket({ family: "ipv6", localAddress: "::" })],
        holders: [nginx],
        trials: everywhere(inUse),
      }),
      bindable: false,
      reasons: ["LISTENING"],
      summary: /process 4211 \(nginx\) listens on \[::\]:8080/,
      remedy: /kill 4211/,
    },
    {
      what: "a listener of another user, unknown as unknown",
      facts: linux({ sockets: [socket()], trials: everywhere(inUse) }),
      bindable: false,
      reasons: ["LISTENING"],
      summary: /a process that this user may not see listens/,
      remedy: /Run as root: ss -atnp 'sport = :8080'/,
    },
    {
      what: "a listener on one address only, with the addresses where binding fails",
      facts: linux({
        sockets: [socket({ localAddress: "127.0.0.1" })],
        holders: [nginx],
        trials: addresses.map((address) => ({ address, trial: address === "::1" ? bound : inUse })),
      }),
      bindable: false,
      reasons: ["LISTENING"],
      summary: /cannot be bound on 0\.0\.0\.0, ::, 127\.0\.0\.1: process 4211/,
    },
    {
      what: "the kernel's HTTP server on Windows",
      facts: windows({
        sockets: [socket({ processId: 4, processName: null, processAlive: null })],
        trials: everywhere(windowsDenied),
      }),
      bindable: false,
      reasons: ["HTTP_SYS"],
      summary: /probably http\.sys/,
      remedy: /netsh http show servicestate/,
    },
    {
      what: "process 4 on Linux as any other",
      facts: linux({
        sockets: [socket({ processId: 4, processName: "init", processAlive: true })],
        trials: everywhere(inUse),
      }),
      bindable: false,
      reasons: ["LISTENING"],
      summary: /process 4 \(init\) listens/,
    },
    {
      what: "a socket of a process that is gone",
      facts: windows({
        sockets: [socket({ processId: 999, processAlive: false })],
        trials: everywhere(windowsInUse),
      }),
      bindable: false,
      reasons: ["ORPHANED_SOCKET"],
      summary: /a socket of process 999, which does not exist any more, is still open/,
      remedy: /ParentProcessId=999/,
    },
    {
      what: "a band of Hyper-V, with its source, and the harm of the folk cure",
      facts: windows({
        excludedRanges: [range(7_990, 100), range(8_090, 100), range(50_000, 60, true)],
        trials: everywhere(windowsDenied),
      }),
      bindable: false,
      reasons: ["EXCLUDED_RANGE_HYPER_V"],
      summary: /inside the excluded range 7990-8089, probably Hyper-V's/,
      message: /probably theirs \(https:\/\/github\.com\/docker\/for-win\/issues\/3171\)/,
      remedy: /Do not restart winnat .* while WSL or containers run: .* breaks their networking/,
    },
    {
      what: "a single range of 100 ports without naming anybody",
      facts: windows({
        excludedRanges: [range(7_990, 100), range(20_000, 100)],
        trials: everywhere(windowsDenied),
      }),
      bindable: false,
      reasons: ["EXCLUDED_RANGE"],
      summary: /inside the excluded range 7990-8089\.$/,
      message: /Who made it is unknown/,
    },
    {
      what: "a range of one port as probably that of http.sys",
      facts: windows({ excludedRanges: [range(port, 1)], trials: everywhere(windowsDenied) }),
      bindable: false,
      reasons: ["EXCLUDED_RANGE_HTTP_SYS"],
      summary: /probably that of http\.sys/,
      remedy: /netsh http show servicestate/,
    },
    {
      what: "an administered exclusion, in which anybody may bind",
      facts: windows({ excludedRanges: [range(8_000, 100, true)] }),
      bindable: true,
      reasons: ["ADMINISTERED_RANGE"],
      summary: /can be bound now; note that it is inside the administered exclusion 8000-8099/,
      remedy:
        /netsh int ipv4 delete excludedportrange protocol=tcp startport=8000 numberofports=100/,
    },
    {
      what: "the reserved ports of Linux, in which anybody may bind",
      facts: linux({ excludedRanges: [range(8_000, 100, true)] }),
      bindable: true,
      reasons: ["ADMINISTERED_RANGE"],
      summary: /can be bound now/,
      message: /net\.ipv4\.ip_local_reserved_ports \(8000-8099\)/,
    },
    {
      what: "a port of the dynamic range",
      facts: windows({ port: 50_100 }),
      bindable: true,
      reasons: ["DYNAMIC_RANGE"],
      summary: /TCP port 50100 can be bound now; note that the system may pick it by itself/,
      remedy: /add excludedportrange protocol=tcp startport=50100 numberofports=1/,
    },
    {
      what: "a privileged port of Linux, also when whoever tried has the right",
      facts: linux({ port: 80 }),
      bindable: false,
      reasons: ["PRIVILEGED_PORT"],
      summary: /it needs root or CAP_NET_BIND_SERVICE/,
      message: /ip_unprivileged_port_start \(1024\).* as the process that tried here may/,
    },
    {
      what: "a listener on a privileged port, the listener first",
      facts: linux({
        port: 80,
        sockets: [socket()],
        holders: [nginx],
        trials: everywhere(linuxDenied),
      }),
      bindable: false,
      reasons: ["LISTENING", "PRIVILEGED_PORT"],
      summary: /nginx/,
    },
    {
      what: "TIME_WAIT that is in nobody's way",
      facts: linux({ sockets: [socket({ state: "time-wait" }), socket({ state: "time-wait" })] }),
      bindable: true,
      reasons: ["TIME_WAIT"],
      summary: /can be bound now/,
      message: /^2 ended connections of TCP port 8080 rest in TIME_WAIT, for 60 seconds at most/,
    },
    {
      what: "TIME_WAIT of a server that did not set SO_REUSEADDR",
      facts: linux({ sockets: [socket({ state: "time-wait" })], trials: everywhere(inUse) }),
      bindable: false,
      reasons: ["TIME_WAIT"],
      summary: /ended connections of it rest in TIME_WAIT/,
      remedy: /SO_REUSEADDR/,
    },
    {
      what: "an outgoing connection that has the port",
      facts: linux({
        sockets: [socket({ state: "established", remoteAddress: "192.0.2.7", remotePort: 443 })],
        holders: [{ processId: 12, processName: "curl" }],
        trials: everywhere(inUse),
      }),
      bindable: false,
      reasons: ["CONNECTED"],
      summary: /connections have it as their local port/,
      message: /with 192\.0\.2\.7:443; process 12 \(curl\) has them/,
    },
    {
      what: "a socket that is bound without listening",
      facts: linux({
        holders: [{ processId: 12, processName: "portlease" }],
        trials: everywhere(inUse),
      }),
      bindable: false,
      reasons: ["BOUND"],
      summary: /process 12 \(portlease\) has a socket bound to it without listening/,
      remedy: /kill 12/,
    },
    {
      what: "a UDP socket",
      facts: windows({
        protocol: "udp",
        sockets: [socket({ ...nginx, state: "bound" })],
        trials: everywhere(windowsInUse),
      }),
      bindable: false,
      reasons: ["BOUND"],
      summary: /UDP port 8080 cannot be bound: process 4211 \(nginx\) is bound to 0\.0\.0\.0:8080/,
    },
    {
      what: "a server on one address in front of a server on all",
      facts: windows({
        sockets: [
          socket(nginx),
          socket({
            localAddress: "127.0.0.1",
            processId: 5,
            processName: "node",
            processAlive: true,
          }),
        ],
        trials: everywhere(windowsInUse),
      }),
      bindable: false,
      reasons: ["LISTENING", "ADDRESSES_SHARED"],
      summary: /process 4211 \(nginx\) and process 5 \(node\) listen on/,
    },
    {
      what: "a free port of a block",
      facts: linux({ owner: { block: block(), lease: null }, trials: everywhere(inUse) }),
      bindable: false,
      reasons: ["IN_BLOCK"],
      summary: /it belongs to the broker's HELD block 8000-8255 of pool "default"/,
      remedy: /portlease acquire --pool default --port 8080 --must/,
    },
    {
      what: "a leased port",
      facts: linux({
        owner: { block: block({ portState: "leased" }), lease },
        trials: everywhere(inUse),
      }),
      bindable: false,
      reasons: ["LEASED"],
      summary: /it is leased to service "orders", instance "a", process 77/,
      message: /for 28 s more unless renewed \(lease lease-1,/,
    },
    {
      what: "a leased port whose holder listens, the lease first",
      facts: windows({
        owner: { block: block({ kind: "persistent", portState: "leased" }), lease },
        sockets: [socket({ processId: 77, processName: "orders", processAlive: true })],
        excludedRanges: [range(8_000, 256)],
        trials: everywhere(windowsDenied),
      }),
      bindable: false,
      reasons: ["LEASED", "LISTENING"],
      summary: /it is leased to service "orders"/,
    },
    {
      what: "a leased port of an ADMINISTERED block that nobody has bound yet",
      facts: windows({
        owner: { block: block({ kind: "administered", portState: "leased" }), lease },
        excludedRanges: [range(8_000, 256, true)],
      }),
      bindable: true,
      reasons: ["LEASED", "ADMINISTERED_RANGE"],
      summary: /TCP port 8080 can be bound, but it is leased to service "orders"/,
      message: /Nothing enforces that now: a bind would succeed/,
    },
    {
      what: "an uncovered port of a block with a stranger on it, the stranger first",
      facts: linux({
        owner: { block: block({ portState: "unavailable", covered: false }), lease: null },
        sockets: [socket()],
        holders: [nginx],
        trials: everywhere(inUse),
      }),
      bindable: false,
      reasons: ["LISTENING", "IN_BLOCK"],
      summary: /nginx/,
    },
    {
      what: "a refusal that nothing explains, unknown as unknown",
      facts: windows({ trials: everywhere(windowsDenied) }),
      bindable: false,
      reasons: ["BIND_REFUSED"],
      summary:
        /refused on 0\.0\.0\.0, ::, 127\.0\.0\.1, ::1 \(WSAEACCES 10013\) for an unknown reason/,
      message: /a reservation that netsh does not list/,
    },
    {
      what: "exclusions that could not be read, unknown and not none",
      facts: windows({ excludedRanges: null }),
      bindable: true,
      reasons: ["EXCLUSIONS_UNKNOWN"],
      summary: /can be bound now; note that the excluded ranges could not be read/,
    },
    {
      what: "sockets that could not be read, unknown and not none",
      facts: linux({ sockets: null, trials: everywhere(inUse) }),
      bindable: false,
      reasons: ["BIND_REFUSED", "SOCKETS_UNKNOWN"],
      summary: /for an unknown reason/,
    },
    {
      what: "a bind that could not be tried, unknown and not possible",
      facts: linux({ trials: everywhere(null) }),
      bindable: false,
      reasons: ["BIND_NOT_TRIED"],
      summary: /^whether TCP port 8080 can be bound is unknown\.$/,
    },
    {
      what: "a host without IPv6, which is no obstacle",
      facts: linux({
        trials: addresses.map((address) => ({
          address,
          trial: address.includes(":") ? noIpv6 : bound,
        })),
      }),
      bindable: true,
      reasons: [],
      summary: /can be bound now/,
    },
  ];

  for (const { what, facts, message, remedy, ...expected } of cases) {
    it(`names ${what}`, () => {
      const explanation = explainPort([facts]);
      assert.deepEqual(reasons(explanation), expected.reasons);
      assert.equal(explanation.bindable, expected.bindable);
      assert.match(explanation.summary, expected.summary);
      if (message !== undefined) assert.match(explanation.findings[0]?.message ?? "", message);
      if (remedy !== undefined) assert.match(explanation.findings[0]?.remedy ?? "", remedy);
    });
  }

  it("is bindable in no more than all the protocols that were asked for", () => {
    const udp = linux({
      protocol: "udp",
      sockets: [socket({ state: "bound" })],
      trials: everywhere(inUse),
    });
    const explanation = explainPort([linux(), udp]);
    assert.equal(explanation.bindable, false);
    assert.match(explanation.summary, /^TCP port 8080 can be bound now; UDP port 8080 cannot/);
    assert.deepEqual(reasons(explanation), ["BOUND"]);
  });

  it("recommends a restart of winnat nowhere without its harm", () => {
    for (const { facts } of cases) {
      for (const { remedy } of explainPort([facts]).findings) {
        assert.ok(!remedy.includes("winnat") || remedy.includes("breaks their networking"));
      }
    }
  });

  it("shows a few of thousands of connections and counts the rest", () => {
    const many = Array.from({ length: 5_000 }, (_, index) =>
      socket({ state: "established", remoteAddress: "192.0.2.7", remotePort: index }),
    );
    const { findings } = explainPort([
      linux({ sockets: [socket(), ...many], trials: everywhere(inUse) }),
    ]);
    const message = findings.find(({ reason }) => reason === "CONNECTED")?.message ?? "";
    assert.match(message, /^5000 connections .* and 4994 more\.$/);
  });
});
