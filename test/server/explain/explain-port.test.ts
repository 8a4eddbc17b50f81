// Why a port can or cannot be bound, judged from its sockets and trial binds. No operating system is asked.

import assert from "node:assert/strict";
import { explainPort } from "#server/explain/explain-port.js";
import {
  type ExplainCase,
  addresses,
  bound,
  everywhere,
  inUse,
  linux,
  nginx,
  noIpv6,
  reasons,
  socket,
  windows,
  windowsDenied,
  windowsInUse,
  testCases,
} from "./fact-samples.js";

const cases: readonly ExplainCase[] = [
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
    what: "a refusal that nothing explains, unknown as unknown",
    facts: windows({ trials: everywhere(windowsDenied) }),
    bindable: false,
    reasons: ["BIND_REFUSED"],
    summary:
      /refused on 0\.0\.0\.0, ::, 127\.0\.0\.1, ::1 \(WSAEACCES 10013\) for an unknown reason/,
    message: /a reservation that netsh does not list/,
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

describe("Explaining a port by its sockets", () => {
  testCases(cases);

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
