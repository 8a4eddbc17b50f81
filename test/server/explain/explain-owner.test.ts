// Why a port can or cannot be bound, judged from the leases and blocks of a broker. No operating system is asked.

import {
  type ExplainCase,
  block,
  everywhere,
  inUse,
  lease,
  linux,
  nginx,
  range,
  socket,
  windows,
  windowsDenied,
  windowsInUse,
  testCases,
} from "./fact-samples.js";

const cases: readonly ExplainCase[] = [
  {
    what: "a free port of a block",
    facts: linux({ owner: { block: block(), lease: null }, trials: everywhere(inUse) }),
    bindable: false,
    reasons: ["IN_BLOCK"],
    summary: /it belongs to the broker's HELD block 8000-8255 of pool "default"/,
    remedy: /portlease acquire --pool default --port 8080 --must/,
  },
  {
    what: "a port that rests between two leases",
    facts: linux({
      owner: { block: block({ portState: "quarantined" }), lease: null },
      trials: everywhere(inUse),
    }),
    bindable: false,
    reasons: ["IN_BLOCK"],
    summary: /it belongs to the broker's HELD block/,
    message: /it rests between two leases/,
    remedy: /--port 8080 --must --max-wait 1m/,
  },
  {
    what: "a port of a block to which a process without a lease is bound",
    facts: linux({
      owner: { block: block({ portState: "unavailable" }), lease: null },
      trials: everywhere(inUse),
    }),
    bindable: false,
    reasons: ["IN_BLOCK"],
    summary: /it belongs to the broker's HELD block/,
    message: /it is out of use because somebody is bound to it/,
    remedy: /Lease a port of your own with: portlease acquire --service NAME$/,
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
    what: "a leased port of an ADMINISTERED block whose holder listens, the lease first although the socket decides",
    facts: windows({
      owner: { block: block({ kind: "administered", portState: "leased" }), lease },
      sockets: [socket(nginx)],
      trials: everywhere(windowsInUse),
    }),
    bindable: false,
    reasons: ["LEASED", "LISTENING"],
    summary: /cannot be bound: process 4211 \(nginx\) listens/,
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
];

describe("Explaining a port by leases and blocks", () => {
  testCases(cases);
});
